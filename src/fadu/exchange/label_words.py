"""The words by which units name the columns of registers, beside the labels of the procedure itself."""

from __future__ import annotations

import re
import unicodedata

from fadu.exchange.sheet_mapping import What


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NUMBERS = _words("""
    案号 案件编号 办件编号 案件号 立案号 立案编号 受理编号 受理号 登记号 登记编号 工单编号 工单号 事件编号 事项编号
    业务流水号 流水号 档案号 卷号 文号 案卷号 申请编号 建议编号 建议号 处罚决定书文号 决定书文号 行政处罚决定书文号
    复议案号 编号 case_id""")
UNITS = _words("""
    单位 承办单位 办理单位 主办单位 责任单位 执法单位 执法机关 执法主体 处罚机关 处罚单位 行政机关 受理单位 填报单位
    单位名称 部门 承办部门 主管部门 许可机关 复议机关 起草单位""")
TITLES = _words("""
    标题 案件名称 事项名称 项目名称 文件名称 工单标题 诉求标题 申请事项 案由 建议标题 名称 题目 事由
    许可事项 复议事项""")
SUMMARIES = _words("""
    内容 主要内容 诉求内容 工单内容 简要案情 案情 案情摘要 违法事实 违法行为 基本情况 申请内容 复议请求 信访内容
    建议内容 情况说明 摘要""")
ROLES = _words("""
    当事人 申请人 被申请人 第三人 相对人 行政相对人 被处罚人 违法行为人 诉求人 来电人 信访人 投诉人 举报人 原告 被告
    受援人 代表 领衔代表 代理人 权利人 利害关系人 法定代表人""")
PARTY: dict[What, tuple[str, ...]] = {
    "party_id": _words("身份证号码 身份证号 身份证 证件号码 证件号 统一社会信用代码 信用代码 机构代码"),
    "party_phone": _words("联系电话 电话号码 电话 手机号码 手机号 手机 联系方式 来电号码"),
    "party_address": _words("联系地址 住址 地址 住所 住所地 通讯地址"),
    "party_name": _words("姓名或名称 姓名或者名称 姓名名称 姓名 名称"),
}
STEP_NAMES = _words("环节 事件 步骤 办理环节 流程 节点 办理步骤 activity step")
EVENT_DATES = _words("日期 时间 发生日期 发生时间 办理日期 办理时间 环节日期 环节时间 timestamp")
ATTRIBUTES: dict[What, tuple[str, ...]] = {
    "outcome": _words("结果 办理结果 处理结果 审理结果 结案方式 决定类型 结论 处理意见 审查意见 答复类型"),
    "days": _words("天数 日数 延长天数 延期天数 延长日数"),
    "officers": _words("执法人员数 人员数 执法人数 检查人员数 人数"),
    "amount": _words("金额 缴纳金额 实缴金额 收缴金额 数额"),
    "approved_by": _words("批准人 审批人 审批领导 批准负责人"),
    "reason": _words("理由 原因 事由"),
    "by": _words("经办人 承办人 办理人 执法人员 办案人员 经手人 resource"),
}
DATE_ENDS = _words("年月日 日期 时间 时点 日")
TIME_ENDS = _words("时刻 时分 具体时间 时间")
IGNORED = _words("序号 序 no 备注 附注 说明 排序")
NOTHING_YET = _words("办理中 正在办理 在办 未办结 未结 待定 待办 审理中 进行中 尚未 未到 未送达")
"""What stands where a date is still to come."""
SAME = {"金额": "数额", "款额": "数额", "做出": "", "下达": "", "作出": ""} | dict.fromkeys(
    _words("和 及 的 行政 案件 情况 是否 者"), ""
)
"""Words that make no difference between two names for one thing."""
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|\*")


def bare(label: str) -> str:
    """A label without remarks in brackets, stars and spaces: 立案日期（必填） → 立案日期."""
    text = unicodedata.normalize("NFKC", label).casefold()
    return re.sub(r"\s+", "", _REMARK.sub("", text)).strip("/:")


def core(text: str) -> str:
    """A name with words that make no difference taken out, for comparing.

    >>> core("罚款金额") == core("行政罚款数额")
    True
    """
    for word, other in SAME.items():
        text = text.replace(word, other)
    return text


def likeness(label: str, name: str) -> float:
    """How alike two names are, 0 to 1. Equal: 1; equal but for words that make no difference: 0.97.

    >>> likeness("立案", "立案"), likeness("处罚决定", "作出行政处罚决定") > 0.75, likeness("甲", "乙")
    (1.0, True, 0.0)
    """
    if not label or not name:
        return 0.0
    if label == name:
        return 1.0
    a, b = core(label), core(name)
    if not a or not b:
        return 0.0
    if a == b:
        return 0.97
    short, long = sorted((a, b), key=len)
    if short in long:
        head = 0.1 if long.endswith(short) and len(short) > 1 else 0.0  # 处罚决定 is a 决定; 决定回避 is not
        return 0.5 + head + 0.36 * len(short) / len(long)
    pairs, others = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b))
    shared = len(pairs & others)
    return 0.9 * 2 * shared / (len(pairs) + len(others)) if shared else 0.0


def best(label: str, names: tuple[str, ...]) -> float:
    """The greatest likeness to any of the names."""
    return max((likeness(label, name) for name in names), default=0.0)
