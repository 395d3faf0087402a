"""Write lawbook/calendars/CN.yaml from `chinesecalendar` (2004-2026), with expected days from `holidays`.

Run once when a new year's notice is out: python scripts/seed_calendars.py > src/fadu/lawbook/calendars/CN.yaml
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import chinese_calendar
import holidays

NAMES = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "National Day": "国庆节", "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年纪念日",
}


def ranges(days: list[tuple[date, str]]) -> list[str]:
    """Days with a name, in order, as YAML items of one stretch each."""
    lines: list[str] = []
    if not days:
        return lines
    begun = days[0]
    for before, after in pairwise([*days, (date.max, "")]):
        if after[1] != before[1] or after[0] - before[0] != timedelta(1):
            lines.append(f"      - {{from: {begun[0]}, to: {before[0]}, name: {before[1]}}}")
            begun = after
    return lines


def year_days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(n) for n in range(366) if (date(year, 1, 1) + timedelta(n)).year == year]


def published(year: int) -> list[str]:
    rest, work = [], []
    for day in year_days(year):
        off, name = chinese_calendar.get_holiday_detail(day)
        if off and name:
            rest.append((day, NAMES[name]))
        elif not off and day.weekday() >= 5:
            work.append((day, "调休上班"))
    notice = f"国务院办公厅关于{year}年部分节假日安排的通知"
    lines = [f"  {year}:", f"    notice: {notice}", "    certainty: secondary", "    rest:"]
    lines += ranges(rest)
    return [*lines, "    work:" if work else "    work: []", *ranges(work)]


def expected(year: int) -> list[str]:
    table = holidays.country_holidays("CN", years=year, language="zh_CN", observed=False)
    rest = sorted((day, name.split("、")[0].split(";")[0]) for day, name in table.items() if day.year == year)
    return [f"  {year}:", "    rest:", *ranges(rest)]


def main() -> None:
    print("# 全国节假日与调休安排。每年以国务院办公厅当年通知为准；"
          "逐日数据由 chinesecalendar 写入，并与 holidays 逐日核对。")
    print("# 通知文号未逐一核对，故 certainty: secondary。周六、周日为休息日，下列 rest 为放假日，work 为调休上班日。")
    print("code: CN\nname: 中国\nfirst: 2004-01-01\npublished_until: 2026-12-31\nyears:")
    for year in range(2004, 2027):
        print("\n".join(published(year)))
    print("# 通知尚未公布的年份：只按《全国年节及纪念日放假办法》第二条的法定节日推算，没有调休；"
          "据此算出的期限是暂定的。")
    print("expected:")
    for year in range(2027, 2037):
        print("\n".join(expected(year)))


if __name__ == "__main__":
    main()
