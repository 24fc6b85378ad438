# SPDX-License-Identifier: MIT
"""Alerts and the heartbeat: what is told to whom, when, and how often."""

import http.server
import os
import signal
import socket
import threading
import time

from actor_scene import Actor, BOOT_ID, content, script
from feeddog import NOBODY, Feeddog, Skip, Victim, folder, home_with_netrc, is_alive, wait_for, web_config
from hook import Hook

HOST = socket.gethostname()
TOPICS = ["down", "restart", "reboot", "letgo", "hold", "recovered", "boot", "warning", "maintenance"]


def alerted(*alerts, services=None, **more):
    return Actor(services, more={"alerts": list(alerts)}, **more)


def test_webhook_says_what_happened():
    """P14: a webhook is POSTed one sentence with the host's name, the service, the cause and how long it had been well."""
    hook = Hook()
    with alerted({"url": hook.url}) as actor:
        actor.send("service-down", "web", check=True, cause="status", detail=503, span_ms=(3 * 24 + 4) * 3600_000)
        assert hook.wait(1) == [f"{HOST}: web is down: http status 503 (was up for 3d 4h)"]
        method, path, headers, _ = hook.taken[0]
        assert (method, path) == ("POST", "/closet")
        assert headers["Content-Type"] == "text/plain; charset=utf-8" and headers["User-Agent"].startswith("feeddog/")
        actor.send("service-up", "web", span_ms=120_000)
        assert hook.wait(2)[1] == f"{HOST}: web is up again (was down for 2m)"


def test_json_body():
    """P14: `format: json` carries host, event, service, check, cause, detail, state, text, time and boot."""
    hook = Hook()
    with alerted({"url": hook.url, "format": "json"}) as actor:
        actor.send("service-down", "web", check=True, cause="status", detail=503, state="recovering")
        hook.wait(1)
        said = hook.objects()[0]
        assert abs(said.pop("at") - time.time()) < 60
        assert said == {"host": HOST, "event": "service-down", "topic": "down", "service": "web", "check": "tcp",
                        "cause": "status", "detail": 503, "state": "recovering", "text": "web is down: http status 503",
                        "boot": BOOT_ID, "missed": 0}, said
        assert hook.taken[0][2]["Content-Type"] == "application/json"


def test_what_ends_on_the_way_down_is_no_news():
    """P14: while the system shuts down, by whomever it was ordered, nobody is told that a service or a check is down."""
    hook = Hook()
    with alerted({"url": hook.url}) as actor:
        actor.send("service-down", "web", check=True, cause="exited", state="rebooting")
        actor.send("warning", "web", check=True, value=1, cause="above", state="rebooting")
        actor.send("letgo", state="letgo", cause="shutdown")
        assert hook.wait(1) == [f"{HOST}: not fed any more: a shutdown that did not end; the hardware resets the board"]


def test_topics_are_chosen():
    """Only what `on` names is sent, each event under its topic; without `on`, all but restart and maintenance."""
    events = [("boot", {}, "boot"), ("service-down", {"service": "web"}, "down"),
              ("warning", {"service": "web", "check": True, "value": 1, "cause": "above"}, "down"),
              ("warning", {"service": "web", "check": True, "cause": "warning", "detail": 1}, "warning"),
              ("restart", {"service": "web", "value": 1}, "restart"),
              ("hold", {"value": 3}, "hold"), ("letgo", {"value": 1}, "letgo"), ("reboot", {"value": 1}, "reboot"),
              ("service-up", {"service": "web"}, "recovered"), ("settled", {"value": 2}, "recovered"),
              ("maintenance", {"span_ms": 60000}, "maintenance"), ("resumed", {"value": 1}, "maintenance")]
    hooks = {topic: Hook() for topic in TOPICS}
    every = Hook()
    alerts = [{"url": hook.url, "on": [topic], "format": "json"} for topic, hook in hooks.items()]
    with alerted(*alerts, {"url": every.url, "format": "json"}) as actor:
        for kind, more, _ in events:
            actor.send(kind, more.get("service"), **{key: value for key, value in more.items() if key != "service"})
        for topic, hook in hooks.items():
            wanted = [kind for kind, _, of in events if of == topic]
            hook.wait(len(wanted))
            assert [said["event"] for said in hook.objects()] == wanted, topic
            assert {said["topic"] for said in hook.objects()} == {topic}
        wanted = [kind for kind, _, topic in events if topic not in ("restart", "maintenance")]
        every.wait(len(wanted))
        assert [said["event"] for said in every.objects()] == wanted


def test_check_that_only_alerts_is_told_to_be_good_again():
    """P14: a check that may only alert is told of when it is down and when it is good again; one that was only in doubt, never."""
    hook = Hook()
    with alerted({"url": hook.url}) as actor:
        actor.send("check-passed", "web", check=True, span_ms=5000)
        actor.send("warning", "web", check=True, value=1, cause="above", detail=95)
        actor.send("check-passed", "web", check=True, span_ms=120_000)
        actor.send("check-passed", "web", check=True, span_ms=5000)
        actor.send("service-down", "web")
        texts = hook.wait(3)
        assert "is down" in texts[0] and texts[1:] == [f"{HOST}: web: check tcp is good again (had failed for 2m)",
                                                       f"{HOST}: web is down"], texts


def test_command_gets_words_and_facts():
    """A command reads the text on its standard input, and its environment says the facts; its output is in the log."""
    path, command = script("cat >$D/body; env >$D/env; id -u >$D/user; echo told; echo done >$D/done")
    with alerted({"command": command, "on": ["down"]}) as actor:
        actor.send("service-down", "web", check=True, cause="status", detail=503, state="recovering")
        content(path, "done")
        assert content(path, "body") == f"{HOST}: web is down: http status 503\n"
        env = dict(line.split("=", 1) for line in content(path, "env").splitlines() if line.startswith("FEEDDOG_"))
        for name, value in {"EVENT": "service-down", "TOPIC": "down", "SERVICE": "web", "CHECK": "tcp", "CAUSE": "status",
                            "DETAIL": "503", "STATE": "recovering", "HOST": HOST, "MISSED": "0",
                            "TEXT": "web is down: http status 503"}.items():
            assert env["FEEDDOG_" + name] == value, name
        actor.wait_event("output", **{"from": "alert-1"}, text="told")


def test_nobody_with_power_talks_to_the_network():
    """P11: neither the command of an alert nor feeddog-alert runs as root."""
    if os.geteuid() != 0:
        raise Skip("only root has power to lose")
    path, command = script("{ id -u; grep CapEff /proc/self/status; } >$D/facts; mv $D/facts $D/user")
    hook = Hook()
    hook.hold.set()
    with alerted({"command": command}, {"url": hook.url}) as actor:
        actor.send("service-down", "web")
        uid, capabilities = content(path, "user").splitlines()
        assert uid != "0" and int(capabilities.split()[1], 16) == 0, (uid, capabilities)

        def sender():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
                except OSError:
                    continue
                if status["Name"] == "feeddog-alert" and status["PPid"] == str(actor.process.pid) and \
                        status["NoNewPrivs"] == "1":
                    return status
            return None
        status = wait_for(sender, "feeddog-alert, without a way back")
        assert status["Uid"].split() == [uid] * 4 or status["Uid"].split() == [str(NOBODY)] * 4, status["Uid"]
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0, status
        hook.hold.clear()
        hook.wait(1)


def test_netrc_is_not_read():
    """P18: a password that lies in a home directory is not sent to the receiver of an alert."""
    hook = Hook()
    with alerted({"url": hook.url}, env={"HOME": home_with_netrc()}) as actor:
        actor.send("service-down", "web")
        hook.wait(1)
        names = {name.lower() for name in hook.taken[0][2]}
        assert "content-type" in names and "authorization" not in names, names


def test_order_and_retry():
    """A receiver that is away is tried again; then everything comes, in order, each once, and a failure is said once."""
    hook = Hook(listening=False)
    with alerted({"url": hook.url}) as actor:
        for i in range(5):
            actor.send("service-down", "web", cause="status", detail=500 + i)
        assert actor.wait_event("alert-failed", alert="1")["retry_ms"] == "5000"
        actor.wait_event("output", **{"from": "alert-1"})
        hook.listen()
        assert [text[-3:] for text in hook.wait(5)] == ["500", "501", "502", "503", "504"]
        actor.wait_event("alert-sent", alert="1")
        assert len(actor.find("alert-failed")) == 1 and len(hook.taken) == 5


def test_refusal_is_a_failure():
    """An answer that is not 2xx is no delivery: the same message comes again."""
    hook = Hook()
    hook.statuses = [500]
    with alerted({"url": hook.url}) as actor:
        actor.send("service-down", "web")
        said = actor.wait_event("output", **{"from": "alert-1"})
        assert "http status 500" in said["text"], said
        assert hook.wait(1) == [f"{HOST}: web is down"]


def test_a_message_refused_for_good_holds_nothing_up():
    """P18: a receiver that answers 400 loses that message only: the next one goes out at once and says that one is missing."""
    hook = Hook()
    hook.statuses = [400]
    with alerted({"url": hook.url}) as actor:
        actor.send("service-down", "web")
        actor.wait_event("alert-refused", alert="1")
        actor.send("reboot", "web", value=1)
        assert hook.wait(1)[0].startswith(f"{HOST}: rebooting because of web"), hook.wait(1)


def test_statuses_that_can_be_mended_are_tried_again():
    """P14: an answer of 401, 404 or 429 may be the fault of a token, an address or the moment, and loses no message."""
    hook = Hook()
    hook.statuses = [404]
    with alerted({"url": hook.url}) as actor:
        actor.send("service-down", "web")
        actor.wait_event("alert-failed", alert="1")
        assert hook.wait(1) == [f"{HOST}: web is down"]


def test_bodies_of_services():
    """Discord, Slack and Gotify get the sentence under the key that they read."""
    for form, key in (("discord", "content"), ("slack", "text"), ("gotify", "message")):
        hook = Hook()
        with alerted({"url": hook.url, "format": form}) as actor:
            actor.send("service-down", "web")
            hook.wait(1)
            said = hook.objects()[0]
            assert said.pop(key) == f"{HOST}: web is down", said
            assert said == ({"allowed_mentions": {"parse": []}} if form == "discord" else {}), said
            assert hook.taken[0][2]["Content-Type"] == "application/json"


def test_nothing_waits_for_a_receiver_that_hangs():
    """P5: a receiver that takes the message and never answers delays no order, no other alert, and is given up in time."""
    slow, other = Hook(), Hook()
    slow.hold.set()
    with alerted({"url": slow.url}, {"url": other.url}, services={"web": {"restart": "true"}}) as actor:
        actor.send("service-down", "web")
        begun = time.monotonic()
        other.wait(1)
        actor.send("restart", "web")
        actor.wait_event("restart-done")
        assert time.monotonic() - begun < 9
        failed = actor.wait_event("alert-failed", alert="1")
        assert failed["cause"] == "exit-code" and 9 < failed["at"] - begun < 25, failed
        slow.hold.clear()


def test_queue_survives_the_actor():
    """What could not be sent is kept in RUN, and sent by the next actor, in order."""
    hook = Hook(listening=False)
    with alerted({"url": hook.url}) as actor:
        for i in range(3):
            actor.send("service-down", "web", cause="status", detail=500 + i)
        actor.wait_event("alert-failed")
        actor.respawn(signal.SIGKILL)
        actor.send("service-down", "web", cause="status", detail=503)
        hook.listen()
        assert [text[-3:] for text in hook.wait(4)] == ["500", "501", "502", "503"]


def test_queue_of_another_receiver_is_not_sent():
    """What was meant for one address is not sent to another that has taken its place in the configuration."""
    first, second = Hook(listening=False), Hook()
    actor = alerted({"url": first.url})
    actor.send("service-down", "web", cause="status", detail=500)
    actor.wait_event("alert-failed")
    actor.leave()
    with alerted({"url": second.url}, run_dir=actor.run_dir) as after:
        after.send("service-up", "web")
        assert second.wait(1) == [f"{HOST}: web is up again"]


def test_flapping_is_bounded_and_counted():
    """A service that flaps without end floods nobody: at most 13 messages in 10 minutes, and what was left out is counted."""
    hook = Hook()
    with alerted({"url": hook.url, "format": "json"}) as actor:
        for i in range(300):
            actor.send("service-down" if i % 2 == 0 else "service-up", "web")
        hook.wait(12)
        # What is rare is never held back, and says how many were.
        actor.send("letgo", "web", value=1, state="letgo")
        hook.wait(13)
        time.sleep(0.3)
        assert len(hook.taken) == 13
        assert [said["missed"] for said in hook.objects()] == [0] * 12 + [288]
        assert hook.objects()[-1]["event"] == "letgo"


def test_queue_is_bounded():
    """While nobody listens the newest 64 are kept, and how many were dropped is told."""
    hook = Hook(listening=False)
    with alerted({"url": hook.url, "on": ["boot"]}) as actor:
        for i in range(100):
            actor.send("boot", value=i)
        actor.wait_event("alert-failed")
        size = os.stat(os.path.join(actor.run_dir, "alerts", "0")).st_size
        assert size < 64 * 1024, size
        hook.listen()
        texts = hook.wait(64)
        assert sum(int(text.rsplit("(and ", 1)[1].split()[0]) for text in texts if "more before" in text) == 36, texts[:3]
        assert "99" in texts[-1]


def test_boot_alert_says_why():
    """P14: the alert of a boot says why the last one ended, and because of what."""
    hook, state = Hook(), folder("state")
    with Actor(state_dir=state) as actor:
        actor.send("boot", detail=0, state="starting")
        actor.send("letgo", "web", check=True, cause="refused", value=1, state="letgo")
        actor.wait_history("letgo")
    env = {"FEEDDOG_BOOT_ID": "33333333-3333-4333-8333-333333333333"}
    with alerted({"url": hook.url}, state_dir=state, env=env) as actor:
        actor.send("boot", value=1, detail=3, cause="refused", state="starting")
        text = hook.wait(1)[0]
        assert text.startswith(f"{HOST}: booted; why the last boot ended: let go of the dog, because of web (check tcp)"), text
        assert "connection refused" in text


def test_reason_of_a_hold_is_told():
    """P7: the alert of a maintenance says for how long and why."""
    hook = Hook()
    with alerted({"url": hook.url, "on": ["maintenance"]}) as actor:
        with open(os.path.join(actor.run_dir, "hold.reason"), "w", encoding="utf-8") as file:
            file.write("new disk\n")
        actor.send("maintenance", span_ms=7200_000, state="maintenance")
        actor.send("resumed", value=0)
        assert hook.wait(2) == [f"{HOST}: in maintenance for 2h: new disk", f"{HOST}: resumed by time"]


def test_secret_addresses_are_in_no_argument():
    """P11: an address, which may hold a secret, is neither in the arguments of a process nor in the log."""
    hook = Hook()
    hook.hold.set()
    url = f"http://user:t0ken@127.0.0.1:{hook.port}/s3cret"
    with alerted({"url": url}) as actor:
        actor.send("service-down", "web")

        def arguments():
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as file:
                        words = file.read().split(b"\0")
                except OSError:
                    continue
                if words[0].endswith(b"feeddog-alert"):
                    return words
            return None
        assert b"s3cret" not in b" ".join(wait_for(arguments, "feeddog-alert"))
        hook.hold.clear()
        hook.wait(1)
        assert hook.taken[0][2]["Authorization"].startswith("Basic ")
        hook.close()
        actor.send("service-up", "web")
        actor.wait_event("alert-failed")
        actor.wait_event("output")
        assert not [event for event in actor.events if "s3cret" in str(event) or "t0ken" in str(event)]


# --- the whole daemon ---


def test_heartbeat_beats_only_while_well():
    """P1: the off-board dead man's switch is asked while the board is well, and only then."""
    hook, victim = Hook(), Victim().begin()
    config = web_config(victim, ladder={"restart_for": "30s"}, restart=["/bin/sh", "-c", "sleep 0.1"])
    config["alerts"] = [{"heartbeat": hook.url + "/beat", "every": "1s"}]
    board = Feeddog(config).start()
    board.wait_well()
    hook.wait(3)
    assert {(method, path) for method, path, _, _ in hook.taken} == {("GET", "/closet/beat")}
    mark = board.mark()
    victim.kill(signal.SIGSTOP)
    pid = victim.pid()
    board.wait_event("service-down", mark)
    # One may be on its way, and the status is looked at once a second.
    time.sleep(1.5)
    before = len(hook.taken)
    time.sleep(2.5)
    assert len(hook.taken) == before
    mark = board.mark()
    os.kill(pid, signal.SIGCONT)
    board.wait_event("state", mark, state="well")
    hook.wait(before + 1)
    board.stop()
    after = len(hook.taken)
    time.sleep(1.5)
    assert len(hook.taken) <= after + 1
    victim.kill()


def test_heartbeat_keeps_to_its_time():
    """P14: a receiver that is slow to refuse a heartbeat does not delay the next one; none comes sooner than `every`."""
    asked = []

    class Refuser(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(time.monotonic())
            time.sleep(2.5)
            self.send_error(500)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = web_config(Victim().begin())
    config["alerts"] = [{"heartbeat": f"http://127.0.0.1:{server.server_port}/", "every": "3s"}]
    board = Feeddog(config).start()
    board.wait_well()
    wait_for(lambda: len(asked) >= 4, "four heartbeats")
    spans = sorted(later - sooner for sooner, later in zip(asked, asked[1:]))
    # The actor looks at the status once a second. A heartbeat that arrives late on a busy machine makes one span longer and the
    # next one shorter, so the median is judged.
    assert spans[1] >= 2.8 and spans[0] <= 4.9, spans
    board.stop()


def test_check_that_only_alerts_on_a_board():
    """P14: so it is with a real board, over the death of its actor in between."""
    hook, victim = Hook(), Victim().begin()
    other = socket.create_server(("127.0.0.1", 0))
    address = other.getsockname()
    config = web_config(victim)
    config["services"]["web"]["checks"].append({"tcp": f"127.0.0.1:{address[1]}", "name": "other", "on_failure": "alert",
                                                "interval": "500ms", "timeout": "500ms"})
    config["alerts"] = [{"url": hook.url, "format": "json", "on": ["down", "recovered"]}]
    board = Feeddog(config).start()
    board.wait_well()
    board.wait_state("well")
    other.close()
    hook.wait(1)
    actor = board.helper_pid("actor")
    os.kill(actor, signal.SIGKILL)
    wait_for(lambda: board.helper_pid("actor") != actor, "another actor")
    other = socket.create_server(address)
    # The first may come twice, for the actor may have died before it noted that it was sent.
    said = wait_for(lambda: [one for one in hook.objects() if one["topic"] == "recovered"], "its recovery")
    assert [(one["service"], one["check"]) for one in said] == [("web", "other")], said
    assert {one["topic"] for one in hook.objects()[:-1]} == {"down"}, hook.objects()
    other.close()
    board.stop()
    victim.kill()


def test_outage_is_told_by_the_daemon():
    """P14: from a real server's death to its return: down and recovered, with the cause, once each."""
    hook, victim = Hook(), Victim().begin()
    config = web_config(victim)
    config["alerts"] = [{"url": hook.url, "format": "json"}]
    board = Feeddog(config).start()
    board.wait_well()
    assert hook.wait(1)[0] and hook.objects()[0]["event"] == "boot"
    pid = victim.kill()
    hook.wait(3)
    said = hook.objects()[1:]
    assert [one["event"] for one in said] == ["service-down", "service-up"], said
    assert (said[0]["service"], said[0]["check"], said[0]["cause"], said[0]["detail"]) == ("web", "process", "exited", pid)
    board.stop()
    victim.kill()
    assert not is_alive(pid)
