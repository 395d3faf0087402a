"""Titles, contents and parties of played cases: put together from parts, about nothing and nobody real."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

PLACES = (
    "清泉", "松林", "云溪", "石桥", "柳湾", "白鹭", "长亭", "望岭", "梨花", "青沟", "鹿鸣", "竹坞", "河东", "河西",
    "北苑", "明湖",
)  # fmt: skip
SPOTS = ("小区", "路口", "农贸市场", "公园", "学校门口", "工地", "停车场", "村口", "商业街", "老旧楼房")
MATTERS = (
    "夜间施工噪音扰民", "电梯停运多日", "路灯不亮", "供暖温度不达标", "违规停车堵塞消防通道", "垃圾清运不及时",
    "自来水水压不足", "占道经营", "物业收费不透明", "井盖破损", "树木遮挡采光", "油烟扰民",
    "公交站牌缺失", "楼道堆物", "污水外溢", "房屋漏水未修",
)  # fmt: skip
ASKS = ("请求尽快处理", "请求有关部门到现场核查", "希望给出明确答复", "请求说明办理期限", "请求协调解决")
SUBJECTS: dict[str, tuple[str, ...]] = {
    "reconsideration": ("不服罚款决定", "不服不予许可决定", "不服信息公开答复", "请求履行法定职责", "不服责令改正决定"),
    "disclosure_request": ("申请公开征收补偿方案", "申请公开项目审批文件", "申请公开检查记录", "申请公开规划材料"),
    "penalty": ("涉嫌占道经营", "涉嫌无照经营", "涉嫌超标排放", "涉嫌违法建设", "涉嫌食品标签不合规"),
    "licence": ("食品经营许可", "户外广告设置许可", "临时占道许可", "取水许可", "公共场所卫生许可"),
    "petition": ("反映征地补偿", "反映物业管理", "反映工资拖欠", "反映道路修缮"),
    "litigation": ("诉罚款决定", "诉不履行职责", "诉信息公开答复", "诉强制措施"),
}
ROLES = {"reconsideration": "申请人", "disclosure_request": "申请人", "penalty": "当事人", "penalty_summary": "当事人",
         "licence": "申请人", "petition": "信访人", "hotline": "来电人", "litigation": "原告", "seizure": "当事人",
         "freezing": "当事人", "legal_aid": "申请人"}  # fmt: skip
COMPANIES = ("餐饮", "建材", "物流", "广告", "物业", "环保科技", "汽车维修", "食品")


class Writer:
    """Draws words; the same seed gives the same words."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def words(self, procedure: str, fields: Mapping[str, object]) -> tuple[str, str]:
        """A title and a content."""
        draw = self._rng.choice
        if procedure == "hotline":
            place, matter = f"{draw(PLACES)}{draw(SPOTS)}", draw(MATTERS)
            kind = fields.get("kind", "诉求")
            return f"{place}{matter}", f"【模拟】{kind}：反映{place}{matter}，已持续一段时间，{draw(ASKS)}。"
        subjects = SUBJECTS.get(procedure, ("模拟事项",))
        subject = draw(subjects)
        place = draw(PLACES)
        title = f"{place}{draw(COMPANIES)}某公司{subject}" if procedure in ROLES else f"{subject}（{place}）"
        return title, f"【模拟】{title}，有关材料附后。"

    def parties(self, procedure: str) -> list[tuple[str, str, str, str, str, str]]:
        """Its parties: role, name, kind, number, telephone, address. No number is one that is given out."""
        role = ROLES.get(procedure)
        if role is None:
            return []
        draw, number = self._rng.choice, self._rng.randrange(10**8)
        phone = f"100{number:08d}"  # no line begins so
        if procedure == "hotline":
            return [(role, f"{draw('赵钱孙李周吴郑王')}某", "natural", "", phone, "")]
        name = f"明川{draw(PLACES)}{draw(COMPANIES)}有限公司（模拟）"
        return [(role, name, "legal", "", phone, f"明川区{draw(PLACES)}路{number % 300 + 1}号")]
