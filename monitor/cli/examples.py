"""An example for each command, shown below its help."""

from collections.abc import Iterator

import click

EXAMPLES = {
    "demo": "demo --speed 4 --keep /tmp/demo",
    "init": "init config",
    "check": "check config --json",
    "run": "run --config config",
    "poll": "poll --force --no-deliver",
    "status": "status --check",
    "doctor": "doctor --online --deep",
    "web": "web --listen 127.0.0.1:8421",
    "feeds": "feeds list",
    "feeds probe": "feeds probe --all --report probe.md",
    "feeds discover": "feeds discover https://example.org/news",
    "feeds list": "feeds list --all --json",
    "feeds show": "feeds show kcna-watch",
    "feeds import": "feeds import subscriptions.opml",
    "feeds export": "feeds export --output subscriptions.opml",
    "watches": "watches",
    "watches suggest": "watches suggest rail --since 90d --limit 30",
    "explain": 'explain "First passenger train from Pyongyang leaves for Beijing"',
    "backtest": 'backtest rail --query "@railway NOT title:metro" --since 90d',
    "search": "search train pyongyang --limit 10",
    "stories": "stories list --since 7d --state confirmed",
    "stories list": "stories list --watch kp-border-rail --language ko --json",
    "stories show": "stories show https://example.org/news/1 --json",
    "stories merge": "stories merge s_4ecgkzykzqcxzylo s_k3vtw6yqo5zcb2nd --author anna",
    "stories split": "stories split s_4ecgkzykzqcxzylo i_a7jd2mtrk5w3qpxe i_c2 --author anna",
    "stories claim": "stories claim i_a7jd2mtrk5w3qpxe no_comment --author anna",
    "alerts": "alerts --since 2d",
    "alerts show": "alerts show a_4ecgkzykzqcxzylo",
    "alerts rate": 'alerts rate a_4ecgkzykzqcxzylo noise --note "a toy train"',
    "alerts ratings": "alerts ratings --watch rail",
    "report": "report kp-border-rail --from 2025-06-01 --to 2025-06-30 --zone Europe/Berlin",
    "export": "export items --watch rail --since 30d --output rail.csv",
    "export items": "export items --watch rail --since 30d --output rail.csv",
    "export stories": "export stories --since 30d --format csv --output stories.csv",
    "export story": "export story https://example.org/news/1 --output evidence/",
    "deliveries": "deliveries list --state dead --webhook desk --limit 20",
    "deliveries list": "deliveries list --state dead --webhook desk --limit 20",
    "deliveries show": "deliveries show msg_vmlzraycez2ysyl",
    "deliveries redeliver": "deliveries redeliver --state dead --webhook desk --since 2d --dry-run",
    "deliveries purge": "deliveries purge --state dead --until 90d --dry-run",
    "routes": "routes watch=kp-border-rail severity=high language=zh-Hans",
    "silence": "silence list",
    "silence add": (
        "silence add watch='kp-*' 'severity<=medium' --for 8h --comment \"planned drill\""
    ),
    "silence list": "silence list --all --json",
    "silence expire": "silence expire q_tpfqz3mh2a",
    "webhook": "webhook test desk",
    "webhook test": "webhook test desk",
    "webhook enable": "webhook enable desk",
    "webhook listen": "webhook listen --port 8099 --secret env:DESK_SECRET",
    "prune": "prune --dry-run",
    "replay": "replay saved-feeds/ --config config --json",
    "backup": "backup /var/backups/news-monitor.sqlite",
    "restore": "restore /var/backups/news-monitor.sqlite",
    "db": "db init",
    "db init": "db init",
    "db upgrade": "db upgrade",
    "db repartition": "db repartition 256",
    "db copy": "db copy --from sqlite:data/monitor.sqlite --to env:DATABASE_URL",
    "scheduler": "scheduler --config config",
    "worker": "worker --queue fetch --slots 8",
    "completion": "completion bash > ~/.local/share/bash-completion/completions/news-monitor",
    "man": "man > ~/.local/share/man/man1/news-monitor.1",
}


def commands_of(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, as it is written: "feeds list"."""
    for name, command in group.commands.items():
        path = f"{above} {name}".strip()
        yield path, command
        if isinstance(command, click.Group):
            yield from commands_of(command, path)


def show_examples(program: click.Group) -> None:
    """Let the help of each command end with its example."""
    for path, command in commands_of(program):
        if path in EXAMPLES:
            command.epilog = f"\b\nExample:\n  news-monitor {EXAMPLES[path]}"
