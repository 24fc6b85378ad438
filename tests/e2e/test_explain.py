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
    """P2: explain prints BOUND: detection 3 x 5 s + 2 x 2 s + 3 s, restart_for 1 min, reboot_within 30 s."""
    out = feeddog("explain").stdout
    assert "fed for 1m 52s at most" in out, out
    # Before the first good verdict the longest chain counts: database, then web.
    assert "before the first one for 2m 10s" in out, out


def test_remote_dependency_is_said_to_be_one():
    """P12: what is needed from elsewhere is no service that never comes back, and explain says what it is."""
    config = CONFIG.replace("needs: [database]", "needs: [database, {tcp: '192.0.2.1:5432'}]")
    lines = [line for line in feeddog("explain", config=config).stdout.splitlines() if line.startswith("tcp:192.0.2.1:5432")]
    assert len(lines) == 1 and "a remote dependency" in lines[0] and "never" not in lines[0], lines


def test_remote_checks_never_reboot():
    """P12: explain says that a remote check never leads to a reboot, and simulate that a week without it does not."""
    line = next(line for line in feeddog("explain").stdout.splitlines() if line.startswith("news"))
    assert re.split(r"\s\s+", line.strip()) == ["news", "never", "never", "never"], line
    timeline = simulate("news@1m-7d", options=("--for", "8d"))
    assert not times_of(timeline, "event=reboot") and not times_of(timeline, "event=letgo"), timeline


def test_a_broken_server_climbs_on_time():
    """P5: restart after three failed probes, reboot when restart_for is over, hold after the last reboot."""
    timeline = simulate("database@10s")
    assert times_of(timeline, "event=restart service=database")[0] == 22.0, timeline
    assert times_of(timeline, "event=reboot")[0] == 82.0, timeline
    # The board is up again after 20 s, and the start period, 20 s for each of the chain, comes before detection.
    timeline = simulate("database@10s", options=("--for", "20m"))
    assert len(times_of(timeline, "event=reboot")) == 2, timeline
    assert len(times_of(timeline, "event=hold")) == 1, timeline
    assert timeline[-1][1] == "hold", timeline


def test_a_reboot_that_hangs_ends_in_a_reset():
    """P2: the dog is let go reboot_within after a reboot command that does nothing, and bites within its timeout."""
    timeline = simulate("database@10s", options=("--no-reboot", "--for", "3m"))
    reboot, letgo = times_of(timeline, "event=reboot")[0], times_of(timeline, "event=letgo")[0]
    assert letgo - reboot == 30.0, timeline
    assert times_of(timeline, "-- the hardware resets")[0] - letgo == 10.0, timeline


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
