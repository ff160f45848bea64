"""What an experiment found: a table for people, JSON for programs, and whether the promise held."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from rich.table import Table

from chaos.kills import KillReport
from chaos.outage import OutageReport
from chaos.power import PowerReport

Report = KillReport | OutageReport | PowerReport


def held(report: Report) -> bool:
    """Nothing was lost that was promised, nothing doubled, nothing changed."""
    if isinstance(report, PowerReport):
        return all(cut.kept for cut in report.cuts)
    return report.verdict.clean


def table_of(report: Report) -> Table:
    """The figures."""
    if isinstance(report, PowerReport):
        return _power_table(report)
    rows = _kill_rows(report) if isinstance(report, KillReport) else _outage_rows(report)
    table = Table("", "", box=None, show_header=False, pad_edge=False)
    for name, figure in rows:
        table.add_row(name, figure)
    return table


def json_of(report: Report) -> str:
    """Every figure, with `held`."""
    return json.dumps({**_plain(report), "held": held(report)}, ensure_ascii=False, indent=2)


def _kill_rows(report: KillReport) -> Sequence[tuple[str, str]]:
    killed = ", ".join(f"{part} {count}" for part, count in sorted(report.killed.items()))
    return [
        ("store, broker 存储与代理", f"{report.plan.store}, {report.plan.broker}"),
        ("killed 被杀次数", killed),
        ("load 负载", f"{report.plan.rate:,.0f} readings/s, seed {report.plan.seed}"),
        *_verdict_rows(report),
        ("caught up after 补存用时", f"{report.catch_up_s:.0f} s"),
        ("took 总用时", f"{report.seconds:.0f} s"),
    ]


def _outage_rows(report: OutageReport) -> Sequence[tuple[str, str]]:
    catching = report.catching
    return [
        ("store, broker 存储与代理", f"{report.plan.store}, {report.plan.broker}"),
        ("store away 存储中断", f"{report.plan.seconds:,.0f} s at {report.plan.rate:,.0f} readings/s"),
        *_verdict_rows(report),
        ("backlog 积压", f"{catching.backlog:,} readings"),
        ("resumed after 恢复用时", f"{catching.resumed_s:.1f} s"),
        (
            "caught up 补存",
            f"in {catching.drain_s:.1f} s: {catching.rate:,.0f} readings/s, {catching.rate / report.plan.rate:.0f} ×",
        ),
        ("broker memory 代理内存", f"{report.broker_mib_before:.0f} → at most {report.broker_mib_most:.0f} MiB"),
        ("log lines 日志行数", f"{report.told.log_lines:,} during the outage"),
        ("/readyz", report.told.ready),
        ("tiantou status", report.told.status),
        ("took 总用时", f"{report.seconds:.0f} s"),
    ]


def _verdict_rows(report: KillReport | OutageReport) -> Sequence[tuple[str, str]]:
    verdict = report.verdict
    return [
        ("acknowledged 已确认", f"{verdict.acknowledged:,}"),
        ("lost 丢失", f"{verdict.lost:,}"),
        ("doubled 重复", f"{verdict.doubled:,}"),
        ("wrong 错误", f"{verdict.wrong:,}"),
    ]


def _power_table(report: PowerReport) -> Table:
    table = Table(
        "cut after 断电",
        "append returned 已写入",
        "lost 丢失",
        "acknowledged 已确认",
        "lost 丢失",
        "oldest lost 最早丢失",
        "doubled 重复",
        "wrong 错误",
        box=None,
        pad_edge=False,
    )
    for cut in report.cuts:
        table.add_row(
            f"{cut.after_s:.1f} s",
            f"{cut.appended:,}",
            f"{cut.appended_lost:,}",
            f"{cut.confirmed:,}",
            f"{cut.confirmed_lost:,}",
            f"{cut.oldest_lost_s:.2f} s before" if cut.confirmed_lost else "–",
            f"{cut.doubled:,}",
            f"{cut.wrong:,}",
        )
    return table


def _plain(value: object) -> Any:  # noqa: ANN401 JSON is anything
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return len(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
