//! A new configuration without a restart: a good file takes effect whole, a bad one leaves the old one in force and says
//! where it is wrong, and systemd hears of all of it.

use crate::support::program::*;
use crate::world::{World, asked};
use nix::sys::signal::Signal;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// systemd's end of the notification socket; read all the time, as systemd does.
struct Systemd {
    messages: Receiver<String>,
}

impl Systemd {
    fn at(place: &Place) -> Self {
        let socket = UnixDatagram::bind(place.path("notify")).expect("a socket");
        let (told, messages) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                if told.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { messages }
    }

    /// The next message, but for signs of life.
    fn next(&self) -> String {
        loop {
            let message = self.any();
            if message.trim() != "WATCHDOG=1" {
                return message;
            }
        }
    }

    fn any(&self) -> String {
        self.messages.recv_timeout(Duration::from_secs(20)).expect("a message")
    }

    fn expect(&self, wanted: &str) {
        assert_eq!(self.next().trim(), wanted);
    }

    /// `systemctl reload`: SIGHUP, then the message that the reload began, with its moment.
    fn reload(&self, daemon: &Daemon) {
        daemon.signal(Signal::SIGHUP);
        let message = self.next();
        assert!(message.lines().any(|line| line == "RELOADING=1"), "{message}");
        let moment = message.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
        assert!(moment.and_then(|usec| usec.parse::<u64>().ok()).is_some_and(|usec| usec > 0), "{message}");
    }
}

#[test]
fn a_good_file_takes_effect_whole_a_bad_one_not_at_all_and_systemd_hears_of_it() {
    let world = World::new();
    let cape = world.growing("/cape", &[("c1", "Barge aground"), ("c2", "Tanker seized")]);
    let gulf = world.growing("/gulf", &[("g1", "Calm sea"), ("g2", "Frigate leaves"), ("g3", "Ferry sinks")]);
    let common = told_by("hook", &world.hook.url());
    let first = common.clone()
        + &topic_table("ships", "tanker OR barge OR ferry")
        + &feed_table("cape", world.url("/cape"));
    let place = Place::with(&configuration(&first));
    let systemd = Systemd::at(&place);
    let mut daemon = place.daemon_as(|command| {
        command.env("NOTIFY_SOCKET", place.path("notify")).env("WATCHDOG_USEC", "400000");
    });
    systemd.expect("READY=1");
    assert_eq!(world.hook.next().title(), "Tanker seized");
    while systemd.any().trim() != "WATCHDOG=1" {}

    place.write(
        "newswatch.toml",
        configuration(&first) + "[[feed]]\nid = \"gulf\"\nurl = \"gopher://gulf\"\n",
    );
    systemd.reload(&daemon);
    systemd.expect("READY=1");
    daemon.line("the old one stays in force");
    let line = configuration(&first).lines().count() + 3;
    let said = daemon.said();
    assert!(said.contains(&format!("newswatch.toml:{line}:7")), "{said}");
    assert!(said.contains("expected"), "what was expected: {said}");
    cape.try_iter().for_each(drop);
    asked(&cape, 2);
    assert!(daemon.get("/healthz").status == 200 && gulf.try_recv().is_err(), "the old file is in force");

    let second = first + &topic_table("navy", "frigate") + &feed_table("gulf", world.url("/gulf"));
    place.write("newswatch.toml", configuration(&second));
    systemd.reload(&daemon);
    systemd.expect("READY=1");
    daemon.line("configuration reloaded");
    let told = [world.hook.next(), world.hook.next()].map(|told| told.title().to_owned());
    assert_eq!(told, ["Frigate leaves", "Ferry sinks"], "the new topic and the new feed, from one file");

    daemon.stop();
    systemd.expect("STOPPING=1");
    let hits = place.json(&["hits", "list", "--json", "--limit", "0"]);
    let titles: Vec<&str> =
        hits.as_array().into_iter().flatten().filter_map(|hit| hit["title"].as_str()).collect();
    assert_eq!(
        titles,
        ["Ferry sinks", "Frigate leaves", "Tanker seized", "Barge aground"],
        "nothing is judged twice"
    );
    assert_eq!(world.hook.rest().len(), 0);
}

#[test]
fn a_topic_that_is_not_understood_is_named_with_its_place_and_never_stops_the_others() {
    let world = World::new();
    world.growing("/cape", &[("c1", "Barge aground"), ("c2", "Tanker seized")]);
    let good = told_by("hook", &world.hook.url()) + &feed_table("cape", world.url("/cape"));
    let topics = topic_table("broken", "(tanker") + &topic_table("ships", "tanker OR barge OR ferry");
    let place = Place::with(&configuration(&(good.clone() + &topics)));
    let line = configuration(&good).lines().count() + 4;

    let mut daemon = place.daemon();
    let said = daemon.said();
    assert!(said.contains("a topic is out of service") && said.contains("topic=broken"), "{said}");
    assert!(said.contains(&format!("newswatch.toml:{line}:")), "{said}");
    assert_eq!(world.hook.next().title(), "Tanker seized", "the other topic works");
    daemon.signal(Signal::SIGHUP);
    let refused = daemon.line("the old one stays in force");
    assert!(refused.contains(&format!("newswatch.toml:{line}:")), "{refused}");
    daemon.stop();

    for check in [["config", "check"], ["topics", "check"]] {
        let ran = place.run(&check);
        assert_eq!(ran.status, 2, "{ran:?}");
        let said = ran.out + &ran.err;
        assert!(said.contains(&format!("newswatch.toml:{line}:")) && said.contains('^'), "{check:?}: {said}");
    }
}
