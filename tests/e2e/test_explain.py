"""`feeddog explain` and `feeddog simulate`: what a configuration means, before it is trusted with a board."""

import re
import tempfile
from pathlib import Path

from feeddog import run

CONFIG = """
watchdog: {device: /dev/watchdog0, timeout: 10s}
defaults: {interval: 5s, timeout: 2s, retries: 3, start_period: 20s}
services:
  database:
    checks: [{tcp: 127.0.0.1:5432}]
    restart: "true"
  web:
    needs: [database]
    checks: [{http: "http://127.0.0.1:8080/"}]
    restart: "true"
  news:
    checks: [{http: "http://192.0.2.1/", scope: remote}]
ladder: {restart_for: 1m, reboot_within: 30s, settle: 1m, reboots: {limit: 2, settle: 10m}}
"""


def feeddog(*arguments, config=CONFIG):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeddog.yaml"
        path.write_text(config)
        return run("feeddog", *arguments, "-c", path)


def simulate(*faults, options=()):
    """The timeline as a list of (seconds, text)."""
    words = [word for fault in faults for word in ("--fault", fault)]
    done = feeddog("simulate", *words, *options)
    assert done.returncode == 0, done.stderr
    return [(float(line.split()[0]), line.split(maxsplit=1)[1]) for line in done.stdout.splitlines()]


def times_of(timeline, text):
    return [at for at, what in timeline if what.startswith(text)]


def test_bound_is_the_sum_of_its_parts():
    """P2: explain prints BOUND: detection 5 s + 2 x 2 s + 2 x 2 s + 3 s, restart_for 1 min, reboot_within 30 s."""
    out = feeddog("explain").stdout
    assert "fed for 1m 46s at most" in out, out
    # Before the first good verdict the longest chain counts: database, then web.
    assert "before the first one for 2m 10s" in out, out


def test_remote_dependency_is_said_to_be_one():
    """P12: what is needed from elsewhere is no service that never comes back, and explain says what it is."""
    config = CONFIG.replace("needs: [database]", "needs: [database, {tcp: '192.0.2.1:5432'}]")
    lines = [line for line in feeddog("explain", config=config).stdout.splitlines() if line.startswith("tcp:192.0.2.1:5432")]
    assert len(lines) == 1 and "a remote dependency" in lines[0] and "never" not in lines[0], lines


def test_what_each_check_may_do():
    """P12: explain lists for each check what its failure may bring about."""
    config = """services:
  web:
    checks:
      - http: http://127.0.0.1/
      - disk: {path: /, above: 90%}
      - load: {above: 8}
      - tcp: 192.0.2.1:80
    restart: [/bin/true]
  lone:
    checks: [{tcp: "127.0.0.1:1"}, {load: {above: 8}}]
"""
    rows = feeddog("explain", config=config).stdout.split("What a failing check may do", 1)[1].splitlines()
    shown = {tuple(row.split()[:2]): " ".join(row.split()[2:]) for row in rows if row.startswith(("web", "lone"))}
    assert shown == {
        ("web", "http"): "alert, restart the service, reboot the board",
        ("web", "disk"): "alert",
        ("web", "load"): "alert, restart the service",
        ("web", "tcp"): "alert, restart the service (remote)",
        ("lone", "tcp"): "alert, reboot the board",
        ("lone", "load"): "alert, hold back what needs the service"}, shown


def test_remote_checks_never_reboot():
    """P12: explain says that a remote check never leads to a reboot, and simulate that a week without it does not."""
    line = next(line for line in feeddog("explain").stdout.splitlines() if line.startswith("news"))
    assert re.split(r"\s\s+", line.strip()) == ["news", "never", "never", "never"], line
    timeline = simulate("news@1m-7d", options=("--for", "8d"))
    assert not times_of(timeline, "event=reboot") and not times_of(timeline, "event=letgo"), timeline


def test_a_broken_server_climbs_on_time():
    """P5: restart after three failed probes, reboot when restart_for is over, hold after the last reboot."""
    timeline = simulate("database@10s")
    assert times_of(timeline, "event=restart service=database")[0] == 16.002, timeline
    assert times_of(timeline, "event=reboot")[0] == 76.002, timeline
    # The board is up again after 20 s, and the start period, 20 s for each of the chain, comes before detection.
    timeline = simulate("database@10s", options=("--for", "20m"))
    assert len(times_of(timeline, "event=reboot")) == 2, timeline
    assert len(times_of(timeline, "event=hold")) == 1, timeline
    assert timeline[-1][1] == "hold", timeline


def test_a_simulation_ends_where_it_says():
    """Nothing is played beyond the end, also where the board boots then, and the last lines say why it ends and how the board is."""
    timeline = simulate("database@10s", options=("--for", "90s"))
    assert max(at for at, _ in timeline) == 90.0 and times_of(timeline, "-- the board reboots"), timeline
    assert timeline[-2:] == [(90.0, "-- the end of --for"), (90.0, "booting")], timeline
    timeline = simulate("database@10s-12s")
    assert timeline[-2][1].startswith("-- the end: the last fault") and timeline[-1][1] == "well", timeline
    assert sorted(at for at, _ in timeline) == [at for at, _ in timeline], timeline


def test_a_reboot_that_hangs_ends_in_a_reset():
    """P2: the dog is let go reboot_within after a reboot command that does nothing, and bites within its timeout."""
    timeline = simulate("database@10s", options=("--no-reboot", "--for", "3m"))
    reboot, letgo = times_of(timeline, "event=reboot")[0], times_of(timeline, "event=letgo")[0]
    assert letgo - reboot == 30.0, timeline
    assert times_of(timeline, "-- the hardware resets")[0] - letgo == 10.0, timeline


def span_s(text):
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
               for number, unit in re.findall(r"(\d+)(ms|s|m|h)", text))


def test_what_is_explained_is_what_is_played():
    """P2, P5: at whatever time of an interval a fault comes, nothing comes later than explain says; and the worst time is one."""
    line = next(line for line in feeddog("explain").stdout.splitlines() if line.startswith("database"))
    restart_s, reboot_s, reset_s = (span_s(text) for text in line.split("  ")[1:] if text.strip())
    played = []
    for fault_ms in range(10000, 15001, 250):
        timeline = simulate(f"database@{fault_ms}ms", options=("--no-reboot", "--for", "3m"))
        times = [times_of(timeline, text)[0] - fault_ms / 1000
                 for text in ("event=restart service=database", "event=reboot", "-- the hardware resets")]
        assert all(at <= most for at, most in zip(times, (restart_s, reboot_s, reset_s))), (fault_ms, times, line)
        played.append(times)
    worst = [max(column) for column in zip(*played)]
    # The fault that comes just after a probe began; that the checker itself has to be replaced too is not played.
    assert restart_s - worst[0] <= 0.25, (worst, line)
    assert worst[2] - worst[1] == 40.0 and restart_s <= worst[1] - 60 + 0.25, (worst, line)


def test_a_dependant_waits_for_its_root_cause():
    """P13: while the database is down the web server is not restarted, and afterwards it is not charged an attempt."""
    timeline = simulate("database@10s-50s", "web@10s-60s")
    web = [what for _, what in timeline if what.startswith("event=restart service=web")]
    assert all("attempt=0" in what for what in web), timeline
    assert not [at for at in times_of(timeline, "event=restart service=web") if at < 50], timeline


def test_faults_that_cannot_be_are_refused():
    """A fault that names nothing in the configuration is refused with the form that is wanted."""
    for fault in ("nothing@1s", "web:nothing@1s", "web@", "web@5s-2s", "web", "web@1s-x"):
        done = feeddog("simulate", "--fault", fault)
        assert done.returncode == 64 and "SERVICE[:CHECK]@START[-END]" in done.stderr, (fault, done)


def test_the_timeline_ends_where_the_reset_is():
    """P2: the timeline is drawn within 80 columns, and its last mark is BOUND and the hardware's timeout together."""
    lines = feeddog("explain").stdout.splitlines()
    bars = next(i for i, line in enumerate(lines) if line.startswith("|") and "detection" in line)
    assert [name for name in ("detection", "restarts", "reboot", "bites") if name in lines[bars]] == [
        "detection", "restarts", "reboot", "bites"], lines[bars]
    assert len(lines[bars]) <= 80 and len(lines[bars + 1]) <= 80, lines[bars:bars + 2]
    assert lines[bars + 1].endswith("1m 56s") and lines[bars + 1].startswith("0s"), lines[bars + 1]
    # The strict reading has two stages only.
    strict = CONFIG.replace("restart_for: 1m, reboot_within: 30s", "restart_for: 0s, reboot_within: 0s")
    drawn = next(line for line in feeddog("explain", config=strict).stdout.splitlines() if line.startswith("|"))
    assert "restarts" not in drawn and "reboot" not in drawn and "bites" in drawn, drawn


def weak(config, *options):
    out = feeddog("explain", *options, config=config).stdout
    return [line for line in out.splitlines() if line.startswith("- ")]


def test_what_makes_a_promise_weak():
    """P2, P12: explain warns of settings that are understood and weaken a promise, and of nothing else."""
    base = CONFIG.replace("interval: 5s", "interval: 3s")
    assert weak(base) == [], weak(base)
    assert [line for line in weak(CONFIG) if "web, http" in line and "11s" in line], weak(CONFIG)
    hangs = base.replace('restart: "true"\n  web', 'restart: "true"\n    restart_timeout: 1m\n  web')
    assert [line for line in weak(hangs) if line.startswith("- database") and "restart_timeout" in line], weak(hangs)
    remote = 'services: {news: {checks: [{http: "http://192.0.2.1/", scope: remote}]}}'
    assert [line for line in weak(remote) if "no check may reboot" in line], weak(remote)
    armed = base.replace("timeout: 10s}", "timeout: 10s, disarm_on_stop: false}")
    assert [line for line in weak(armed) if "disarm_on_stop" in line], weak(armed)


def test_a_start_period_that_was_too_short():
    """explain warns of a service that once took longer to start than its start_period, as the history tells."""
    told = [(10, "boot", ""), (60, "restart", "web"), (85, "service-up", "web"), (90, "restart", "database"), (92, "boot", ""),
            (200, "service-up", "database")]
    with tempfile.TemporaryDirectory() as state:
        lines = ['{"at_s": %d, "event": "%s", "service": "%s"}' % line for line in told]
        (Path(state) / "history.jsonl").write_text("not JSON\n" + "\n".join(lines) + "\n")
        said = weak(CONFIG.replace("interval: 5s", "interval: 3s"), "--state-dir", state)
    assert len(said) == 1 and said[0].startswith("- web: its start_period is 20s, and it once took 25s"), said


def test_the_pictures_of_the_led_in_the_readme():
    """P8: the README shows the LED's patterns as they are."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    shown = re.findall(r"^\| (\w+)[^|]* \| `([▁▇]+)` \|", readme, re.MULTILINE)
    legend = dict(re.findall(r"^(\w+)\s+([#.]+)  ", feeddog("explain").stdout, re.MULTILINE))
    assert {name for name, _ in shown} == set(legend) - {"letgo"}, (shown, legend)
    for name, picture in shown:
        pattern = legend[name].replace("#", "▇").replace(".", "▁")
        assert picture == pattern * (len(picture) // len(pattern)), (name, picture, pattern)
