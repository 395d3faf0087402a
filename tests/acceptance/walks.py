"""One lawful case of seven procedures, as the office works it: who takes which step on which day, what is filled in.

Who: the hotline's desk and the bureau's administrator for the whole district, a handler and the legal officer of a
street, a handler and the legal officer of the bureau. Steps and units by their names on screen, fields by their names
in the forms. 模拟数据.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOTLINE, ADMINISTRATOR = "热线坐席", "区司法局管理员"
STREET, STREET_OFFICER = "街道承办人", "街道法制员"
BUREAU, BUREAU_OFFICER = "司法局承办人", "司法局法制员"
ASSIGN = "分派"


@dataclass(frozen=True)
class Step:
    """``label``: of the procedure's step, or ``ASSIGN``."""

    day: str
    who: str
    label: str
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    """The first of ``steps`` opens the case, in ``unit``; ``closes``: the label of what closes it, if not the last."""

    procedure: str
    unit: str
    title: str
    steps: tuple[Step, ...]
    closes: str = ""

    @property
    def end(self) -> Step:
        """The last step: the state the case ends in."""
        return self.steps[-1]

    @property
    def closed_on(self) -> str:
        """The day of the step that closes the case."""
        return next((step.day for step in self.steps if step.label == self.closes), self.end.day)


WALKS = (
    Walk("hotline", "和平街道", "清泉小区夜间施工噪声扰民", (
        Step("2025-03-03", HOTLINE, "受理并形成诉求工单", {
            "time": "09:00", "p0-role": "来电人", "p0-name": "张某", "p0-phone": "10012345678", "f-kind": "投诉",
            "f-urgency": "一般", "f-tier": "7日", "f-topic": "噪声扰民", "f-village": "清泉", "f-east": "1200",
            "f-north": "3400",
        }),
        Step("2025-03-03", HOTLINE, "派单", {"time": "10:00"}),
        Step("2025-03-03", STREET_OFFICER, ASSIGN, {"person": STREET, "kind": "lead"}),
        Step("2025-03-03", STREET, "签收"),
        Step("2025-03-04", STREET, "联系诉求人", {"note": "电话联系，诉求人说明了施工时段"}),
        Step("2025-03-04", STREET, "首接牵头会办"),
        Step("2025-03-04", STREET_OFFICER, ASSIGN, {"person": BUREAU, "kind": "partner"}),
        Step("2025-03-05", BUREAU, "会办单位报送结果或者阶段性情况", {"note": "夜间施工许可已过期"}),
        Step("2025-03-06", STREET, "依法延时", {"days": "3", "reason": "施工单位整改须三日"}),
        Step("2025-03-06", STREET, "向诉求人说明理由并通报热线机构"),
        Step("2025-03-10", STREET, "反馈办理情况", {"note": "夜间已停工"}),
        Step("2025-03-12", HOTLINE, "回访", {"outcome": "满意", "f-resolved": "yes", "f-satisfied": "yes"}),
        Step("2025-03-12", HOTLINE, "办结"),
    )),
    Walk("penalty", "和平街道", "某公司夜间违法施工", (
        Step("2023-08-21", STREET, "立案", {
            "p0-role": "当事人", "p0-name": "某建筑公司", "p0-kind": "legal", "f-party": "法人或者其他组织",
            "f-hearing_ground": "较大数额罚款", "f-review_ground": "直接关系重大权益且经过听证",
            "f-complex_or_grave": "yes", "f-social_impact": "yes",
        }),
        Step("2023-08-22", STREET, "出示执法证件", {"by": "王某、李某"}),
        Step("2023-08-22", STREET, "调查或者进行检查", {"by": "王某、李某"}),
        Step("2023-08-22", STREET, "先行登记保存"),
        Step("2023-08-31", STREET, "对先行登记保存作出处理决定"),
        Step("2023-09-15", STREET, "调查终结"),
        Step("2023-09-18", STREET, "告知拟处罚内容及事实、理由、依据和权利"),
        Step("2023-09-18", STREET, "告知要求听证的权利"),
        Step("2023-09-25", STREET, "要求听证"),
        Step("2023-09-25", STREET, "陈述、申辩"),
        Step("2023-09-26", STREET, "通知听证的时间、地点"),
        Step("2023-10-12", STREET_OFFICER, "举行听证", {"by": "赵某", "note": "主持人不是本案调查人员"}),
        Step("2023-10-16", STREET, "复核陈述、申辩"),
        Step("2023-10-20", STREET_OFFICER, "法制审核通过"),
        Step("2023-10-24", STREET_OFFICER, "行政机关负责人集体讨论"),
        Step("2023-10-27", STREET, "作出行政处罚决定", {"f-fine": "80000"}),
        Step("2023-10-27", STREET, "责令改正或者限期改正"),
        Step("2023-11-07", STREET, "交付或者送达决定书"),
        Step("2023-11-07", STREET_OFFICER, "公开行政处罚决定"),
        Step("2023-11-22", STREET, "缴纳罚款", {"amount": "80000"}),
        Step("2023-12-01", STREET, "结案归档"),
    )),
    Walk("normative_document", "区司法局", "明川区夜间施工管理办法", (
        Step("2025-01-13", BUREAU, "立项", {"f-issuer": "区政府", "f-rights": "yes", "f-market": "yes"}),
        Step("2025-01-20", BUREAU, "起草"),
        Step("2025-01-20", BUREAU, "评估论证"),
        Step("2025-01-20", BUREAU, "征求有关部门意见"),
        Step("2025-02-05", BUREAU, "向社会公开征求意见"),
        Step("2025-02-05", BUREAU, "听取市场主体、行业协会商会意见"),
        Step("2025-02-05", BUREAU, "听取经营者等利害关系人意见"),
        Step("2025-03-07", BUREAU, "公平竞争初审"),
        Step("2025-03-07", BUREAU, "公开征求意见截止"),
        Step("2025-03-07", BUREAU, "反馈意见采纳情况"),
        Step("2025-03-07", BUREAU, "公平竞争审查", {"outcome": "不违反审查标准"}),
        Step("2025-03-07", BUREAU, "宏观政策取向一致性评估"),
        Step("2025-03-07", BUREAU, "送请合法性审核"),
        Step("2025-03-14", BUREAU_OFFICER, "合法性审核", {"outcome": "合法"}),
        Step("2025-03-18", BUREAU_OFFICER, "集体讨论决定"),
        Step("2025-03-19", BUREAU_OFFICER, "签发"),
        Step("2025-03-24", BUREAU, "公布"),
        Step("2025-04-14", BUREAU_OFFICER, "报送上级政府备案"),
        Step("2025-04-16", BUREAU_OFFICER, "报送区人大常委会备案"),
        Step("2025-04-22", ADMINISTRATOR, "备案登记"),
        Step("2025-04-25", BUREAU, "施行"),
        Step("2025-04-25", ADMINISTRATOR, "分送同步审查"),
        Step("2025-07-10", ADMINISTRATOR, "完成主动审查"),
        Step("2026-01-16", BUREAU_OFFICER, "报送上一年度发文目录"),
        Step("2026-01-19", BUREAU_OFFICER, "归档"),
    )),
    Walk("disclosure_request", "和平街道", "申请公开夜间施工许可记录", (
        Step("2025-01-20", STREET, "收到申请", {
            "p0-role": "申请人", "p0-name": "李某", "f-channel": "互联网或者传真", "f-unclear": "yes",
        }),
        Step("2025-01-27", STREET, "告知补正", {
            "reason": "请补充文号，补正期限至2月14日", "f-correction_due_recorded": "yes",
            "f-correction_due": "2025-02-14",
        }),
        Step("2025-02-10", STREET, "收到补正的申请"),
        Step("2025-02-11", STREET, "书面征求第三方意见", {"f-harms_third_party": "yes"}),
        Step("2025-02-12", STREET, "第三方收到征求意见书"),
        Step("2025-02-21", STREET, "第三方意见（或者逾期未提出）", {"outcome": "不同意公开且有合理理由"}),
        Step("2025-03-05", STREET_OFFICER, "审核"),
        Step("2025-03-06", STREET_OFFICER, "延长答复期限", {"days": "5", "reason": "须核对多年记录"}),
        Step("2025-03-06", STREET, "告知延长"),
        Step("2025-03-12", STREET, "答复", {
            "outcome": "部分公开", "reason": "涉及第三方商业秘密的部分不予公开",
            "f-refusal_ground": "第十五条第三方权益",
        }),
        Step("2025-03-14", STREET, "归档"),
    ), closes="答复"),
    Walk("problem_item", "和平街道", "处罚案卷缺少法制审核记录", (
        Step("2023-07-20", ADMINISTRATOR, "列入问题清单", {
            "f-source": "案卷评查", "f-kind": "行政执法", "f-problem": "三件案卷没有法制审核记录",
            "f-lead_unit": "和平街道", "f-on_site": "yes", "f-due_on": "2023-09-28",
        }),
        Step("2023-07-21", STREET_OFFICER, ASSIGN, {"person": STREET, "kind": "lead"}),
        Step("2023-07-24", STREET, "提出责任异议", {"reason": "其中一件由区级部门办理"}),
        Step("2023-07-26", ADMINISTRATOR, "处理责任异议", {"outcome": "异议不成立", "reason": "三件都由街道立案"}),
        Step("2023-07-28", STREET, "制定整改措施"),
        Step("2023-09-20", STREET, "申请延期", {"reason": "制度须重新审议"}),
        Step("2023-09-22", ADMINISTRATOR, "决定是否延期", {"outcome": "同意", "f-extended_to": "2023-10-27"}),
        Step("2023-10-16", STREET, "报送整改进展"),
        Step("2023-10-25", STREET_OFFICER, "申请销号并附整改证据"),
        Step("2023-10-30", ADMINISTRATOR, "验收不通过，退回整改", {
            "reason": "只有文字整改", "f-redo_due": "2023-11-10",
        }),
        Step("2023-11-08", STREET_OFFICER, "申请销号并附整改证据"),
        Step("2023-11-13", ADMINISTRATOR, "实地核验"),
        Step("2023-11-14", ADMINISTRATOR, "验收通过"),
        Step("2023-11-15", ADMINISTRATOR, "销号"),
    )),
    Walk("enforcement_credential", "和平街道", "王某的执法资格", (
        Step("2023-03-01", STREET_OFFICER, "报名参加资格考试", {"f-person": "王某 H0012", "f-corps": "街乡执法"}),
        Step("2023-04-22", STREET_OFFICER, "参加资格考试", {"outcome": "合格"}),
        Step("2023-05-10", ADMINISTRATOR, "公布合格，取得执法资格"),
        Step("2023-05-15", STREET_OFFICER, "申领执法证"),
        Step("2023-05-22", ADMINISTRATOR, "退回补正", {"reason": "照片不合要求"}),
        Step("2023-05-24", STREET_OFFICER, "申领执法证"),
        Step("2023-06-07", ADMINISTRATOR, "审核通过"),
        Step("2023-06-21", ADMINISTRATOR, "发放执法证", {
            "f-card_no": "明0012", "f-valid_until_stated": "yes", "f-valid_until": "2027-12-31",
        }),
        Step("2023-07-03", STREET_OFFICER, "报告遗失"),
        Step("2023-07-10", ADMINISTRATOR, "声明作废并补发"),
        Step("2023-12-15", STREET_OFFICER, "年度核定在岗持证", {"outcome": "在岗持证"}),
        Step("2024-05-06", STREET_OFFICER, "离岗（调离、退休、辞职）"),
        Step("2024-05-08", STREET_OFFICER, "收回执法证"),
        Step("2024-05-15", ADMINISTRATOR, "注销资格或者证件", {"reason": "退休"}),
    )),
    Walk("mediation", "和平街道", "楼上漏水的邻里纠纷", (
        Step("2023-08-28", STREET, "当事人申请调解", {
            "p0-role": "申请人", "p0-name": "赵某", "f-source": "12345转办", "f-kind": "邻里", "f-persons": "2",
            "f-committee": "清泉村人民调解委员会",
        }),
        Step("2023-08-28", STREET, "受理登记"),
        Step("2023-08-29", STREET, "指定调解员", {"by": "孙某"}),
        Step("2023-08-30", STREET, "调解", {"by": "孙某"}),
        Step("2023-09-01", STREET, "调解", {"by": "孙某"}),
        Step("2023-09-01", STREET, "达成调解协议", {
            "outcome": "口头协议", "f-money": "12000.50", "f-perform_due": "2023-10-31",
        }),
        Step("2023-09-01", STREET, "记录口头协议内容"),
        Step("2023-09-01", STREET, "协议生效"),
        Step("2023-10-07", STREET, "共同申请司法确认"),
        Step("2023-10-30", STREET, "履行完毕"),
        Step("2023-11-03", STREET_OFFICER, "回访", {"outcome": "已履行"}),
        Step("2023-11-06", STREET, "立卷归档"),
    )),
)  # fmt: skip
