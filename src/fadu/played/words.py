"""Titles, contents and parties of played cases: put together from parts, about nothing and nobody real."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from fadu.acts.moves import Move
from fadu.law.cases import FieldValue
from fadu.played.tables import FINES, applied, post, power

PLACES = (
    "清泉", "松林", "云溪", "石桥", "柳湾", "白鹭", "长亭", "望岭", "梨花", "青沟", "鹿鸣", "竹坞", "河东", "河西",
    "北苑", "明湖",
)  # fmt: skip
SPOTS = ("小区", "路口", "农贸市场", "公园", "学校门口", "工地", "停车场", "村口", "商业街", "老旧楼房")
MATTERS = {
    "供暖": ("供暖温度不达标", "暖气管道漏水"), "供水排水": ("自来水水压不足", "污水外溢"),
    "电力燃气": ("频繁停电", "燃气表具故障"), "噪声扰民": ("夜间施工噪音扰民", "广场音响扰民"),
    "油烟": ("餐馆油烟扰民", "烧烤油烟扰民"), "环境卫生": ("垃圾清运不及时", "楼道堆物"),
    "市容": ("占道经营", "乱贴小广告"), "违法建设": ("违法搭建阳台", "楼顶私搭乱建"),
    "施工管理": ("工地扬尘", "施工围挡破损"), "停车管理": ("违规停车堵塞消防通道", "停车位不足"),
    "交通秩序": ("公交站牌缺失", "电动自行车逆行"), "道路积水": ("雨后道路积水", "雨水口堵塞"),
    "路灯照明": ("路灯不亮", "路灯彻夜不亮"), "绿化": ("树木遮挡采光", "绿地被占用"),
    "物业管理": ("物业收费不透明", "电梯停运多日"), "拆迁安置": ("安置房迟迟未交付", "过渡费发放不及时"),
    "农村管理": ("村务公开不及时", "田间道路损坏"), "欠薪": ("工地拖欠工资", "餐馆拖欠工资"),
    "消费纠纷": ("预付卡不能退费", "健身房停业"), "食品安全": ("食品过期仍在出售", "后厨不卫生"),
    "医疗卫生": ("社区医院排队过久", "诊所无证行医"), "教育": ("校外培训不退费", "校门口秩序混乱"),
    "其他": ("井盖破损", "房屋漏水未修"),
}
"""Kind of complaint (the hotline's own list) → what callers say."""
SEASONS = {12: "供暖", 1: "供暖", 2: "供暖", 7: "道路积水", 8: "道路积水"}
"""Month → the kind of complaint of which one place has many; of the others 施工管理."""
HOT, CALLERS, NEAR, WIDE = 0.02, 40, 60, 450
"""Share of calls from the place where something is wrong this month, who calls there, and how far (m) calls scatter."""
ASKS = ("请求尽快处理", "请求有关部门到现场核查", "希望给出明确答复", "请求说明办理期限", "请求协调解决")
SUBJECTS: dict[str, tuple[str, ...]] = {
    "reconsideration": ("不服罚款决定", "不服不予许可决定", "不服信息公开答复", "请求履行法定职责", "不服责令改正决定"),
    "disclosure_request": ("申请公开征收补偿方案", "申请公开项目审批文件", "申请公开检查记录", "申请公开规划材料"),
    "penalty": tuple(f"涉嫌{act}" for act in FINES),
    "licence": ("食品经营许可", "户外广告设置许可", "临时占道许可", "取水许可", "公共场所卫生许可"),
    "petition": ("反映征地补偿", "反映物业管理", "反映工资拖欠", "反映道路修缮"),
    **dict.fromkeys(("penalty_summary", "no_penalty", "discretion_case"), tuple(FINES)),
    "litigation": ("诉罚款决定", "诉不履行职责", "诉信息公开答复", "诉强制措施"),
}
ROLES = {"reconsideration": "申请人", "disclosure_request": "申请人", "penalty": "当事人", "penalty_summary": "当事人",
         "licence": "申请人", "petition": "信访人", "hotline": "来电人", "litigation": "原告", "seizure": "当事人",
         "freezing": "当事人", "legal_aid": "申请人", "no_penalty": "当事人"}  # fmt: skip
AGAIN, OFFENDERS = 0.15, 60
"""Share of the punished who are some that are punished again and again, and how many those are."""
SURNAMES = "赵钱孙李周吴郑王"
COMPANIES = ("餐饮", "建材", "物流", "广告", "物业", "环保科技", "汽车维修", "食品")


class Writer:
    """Draws words; the same seed gives the same words."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._hot = False  # whether the case at hand is one of the trouble of the month

    def facts(self, procedure: str, fields: Mapping[str, FieldValue], month: int,
              done: Mapping[str, Move] | None = None) -> dict[str, FieldValue]:
        """The fields of a case, with what the play of the law leaves open: where a complaint is from, and of what.

        ``done``: the last move of each step.

        Each month one place has a trouble of the season, from which the same people call again and again. The words and
        parties asked for next are of the same case.
        """
        self._hot = False
        rng, done = self._rng, done or {}
        if procedure == "discretion_case":
            return applied(rng, fields, done["decide"].outcome if "decide" in done else None)
        if procedure == "post_duty":
            return post(rng, fields, "link" in done)
        if procedure == "power_item":
            return power(rng, fields, done.get("effect") or done.get("publish"))
        if procedure != "hotline":
            return dict(fields)
        self._hot = hot = rng.random() < HOT
        place = (month * 7) % len(PLACES) if hot else rng.randrange(len(PLACES))
        topic = SEASONS.get(month, "施工管理") if hot else fields.get("topic") or rng.choice(tuple(MATTERS))
        far = NEAR if hot else WIDE
        east, north = (round(rng.gauss(2000 + 3000 * grid, far)) for grid in (place % 4, place // 4))
        again = hot or bool(fields.get("repeat"))
        return {
            **fields, "topic": topic, "village": f"{PLACES[place]}社区", "east": east, "north": north, "repeat": again,
        }  # fmt: skip

    def words(self, procedure: str, fields: Mapping[str, object]) -> tuple[str, str]:
        """A title and a content."""
        draw = self._rng.choice
        if procedure == "hotline":
            place = f"{str(fields.get('village', '')).removesuffix('社区')}{draw(SPOTS)}"
            matter = draw(MATTERS[str(fields.get("topic", "其他"))])
            kind = fields.get("kind", "诉求")
            return f"{place}{matter}", f"【模拟】{kind}：反映{place}{matter}，已持续一段时间，{draw(ASKS)}。"
        subjects = SUBJECTS.get(procedure, ("模拟事项",))
        subject = str(fields.get("act") or fields.get("item") or fields.get("power") or draw(subjects))
        place = draw(PLACES)
        title = f"{place}{draw(COMPANIES)}某公司{subject}" if procedure in ROLES else f"{subject}（{place}）"
        return title, f"【模拟】{title}，有关材料附后。"

    def parties(self, procedure: str) -> list[tuple[str, str, str, str, str, str]]:
        """Its parties: role, name, kind, number, telephone, address. No number is one that is given out."""
        role = ROLES.get(procedure)
        if role is None:
            return []
        draw = self._rng.choice
        number = self._rng.randrange(CALLERS) if self._hot else self._rng.randrange(CALLERS, 10**8)
        phone = f"100{number:08d}"  # no line begins so
        if procedure == "hotline":
            name = SURNAMES[number % len(SURNAMES)]
            return [(role, f"{name}某", "natural", "", phone, "")]
        if role == "当事人" and self._rng.random() < AGAIN:
            number = CALLERS + self._rng.randrange(OFFENDERS)
            phone = f"100{number:08d}"
            place, trade = PLACES[number % len(PLACES)], COMPANIES[number // len(PLACES) % len(COMPANIES)]
            return [(role, f"明川{place}{trade}有限公司（模拟）", "legal", "", phone, f"明川区{place}路{number}号")]
        name = f"明川{draw(PLACES)}{draw(COMPANIES)}有限公司（模拟）"
        return [(role, name, "legal", "", phone, f"明川区{draw(PLACES)}路{number % 300 + 1}号")]
