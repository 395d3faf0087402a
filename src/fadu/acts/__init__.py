"""Acts: one file a verb. Permission with a reason → the law's answer → event → projection → ledger leaf → notification.

All in one transaction, by way of ``recording``; the office, the interface, imports and the command line call these.
"""
