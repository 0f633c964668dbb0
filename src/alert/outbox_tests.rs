use super::*;
use crate::alert::receiver::Sending;
use crate::alert::{AlertsDeps, Message, Receiver, SendError};
use crate::alert::{Receivers, test_content};
use crate::clock::{Clock, ManualClock};
use crate::config::AlertConfig;
use crate::store::{RetryWhich, StoreHandle};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, Semaphore};

const START: Time = Time(1_795_435_200_000);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

type Script = Box<dyn Fn(&Message) -> Result<String, SendError> + Send + Sync>;

/// A receiver that keeps what it got and answers by script, each send passing a gate first.
struct Recorder {
    script: Script,
    got: Mutex<Vec<(String, u32)>>,
    gate: Semaphore,
    arrived: Notify,
    inside: AtomicUsize,
    most_inside: AtomicUsize,
    in_order: bool,
}

impl Recorder {
    fn answering(
        script: impl Fn(&Message) -> Result<String, SendError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            got: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            arrived: Notify::new(),
            inside: AtomicUsize::new(0),
            most_inside: AtomicUsize::new(0),
            in_order: false,
        })
    }

    fn good() -> Arc<Self> {
        Self::answering(|_| Ok("fine".into()))
    }

    /// Lets nobody through.
    fn hanging() -> Arc<Self> {
        let recorder = Self::good();
        recorder.gate.forget_permits(usize::MAX);
        recorder
    }

    fn keys(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    fn attempts(&self) -> Vec<u32> {
        self.got.lock().unwrap().iter().map(|(_, attempt)| *attempt).collect()
    }
}

impl Receiver for Recorder {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            self.got.lock().unwrap().push((message.key.clone(), message.attempt));
            let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_inside.fetch_max(inside, Ordering::SeqCst);
            self.arrived.notify_one();
            drop(self.gate.acquire().await);
            self.inside.fetch_sub(1, Ordering::SeqCst);
            (self.script)(message)
        })
    }

    fn in_order(&self) -> bool {
        self.in_order
    }
}

struct House {
    alerts: Arc<Alerts>,
    store: StoreHandle,
    clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

fn config() -> AlertConfig {
    AlertConfig {
        concurrency: 2,
        timeout: 30 * SECOND,
        retry_first: 5 * SECOND,
        retry_max: 3_600 * SECOND,
        give_up: 5 * DAY,
    }
}

fn receivers(named: &[(&str, &Arc<Recorder>)]) -> Receivers {
    let pair = |(name, recorder): &(&str, &Arc<Recorder>)| {
        (ReceiverName::from(*name), Arc::clone(recorder) as Arc<dyn Receiver>)
    };
    named.iter().map(pair).collect()
}

impl House {
    fn new(named: &[(&str, &Arc<Recorder>)]) -> Self {
        Self::on(tempfile::tempdir().unwrap(), named)
    }

    /// The next process on the same database.
    fn reborn(self, named: &[(&str, &Arc<Recorder>)]) -> Self {
        Self::on(self.dir, named)
    }

    fn on(dir: tempfile::TempDir, named: &[(&str, &Arc<Recorder>)]) -> Self {
        let store = StoreHandle::open_daemon(&dir.path().join("test.db")).unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let deps = AlertsDeps { store: store.clone(), clock: clock.clone(), jitter: Arc::new(|| 0.0) };
        Self { alerts: Arc::new(Alerts::new(deps, config(), receivers(named))), store, clock, dir }
    }

    /// Stores one alert for the receivers.
    async fn post(&self, to: &[&str]) -> AlertId {
        let to: Vec<ReceiverName> = to.iter().map(|name| ReceiverName::from(*name)).collect();
        let now = self.clock.now();
        self.store.write(move |tx| tx.add_alert(&test_content(now), &to, now)).await.unwrap()
    }

    async fn deliveries(&self, alert: AlertId) -> Vec<Delivery> {
        self.store.read(move |read| read.alert(alert)).await.unwrap().unwrap().deliveries
    }

    async fn only(&self, alert: AlertId) -> Delivery {
        let mut all = self.deliveries(alert).await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    async fn attempts(&self, delivery: DeliveryId) -> Vec<Attempt> {
        self.store.read(move |read| read.attempts(delivery)).await.unwrap()
    }

    async fn pass(&self) -> (usize, usize, usize, usize) {
        let DeliverySummary { sent, retried, dead, unrecorded } = self.alerts.pass().await.unwrap();
        (sent, retried, dead, unrecorded)
    }
}

#[tokio::test]
async fn what_is_due_is_sent_once_and_recorded() {
    let (mail, hook) = (Recorder::good(), Recorder::good());
    let house = House::new(&[("mail", &mail), ("hook", &hook)]);
    let both = house.post(&["mail", "hook"]).await;
    for _ in 0..9 {
        house.post(&["mail"]).await;
    }
    assert_eq!(house.pass().await, (11, 0, 0, 0));
    assert_eq!((mail.keys().len(), hook.keys().len()), (10, 1));
    let deliveries = house.deliveries(both).await;
    for delivery in &deliveries {
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Sent, 1));
        assert_eq!(delivery.last_message.as_deref(), Some("fine"));
        let attempts = house.attempts(delivery.id).await;
        assert!(attempts[0].ok && attempts[0].at == START);
    }
    assert!(mail.keys().contains(&deliveries[0].idempotency_key));
    assert!(hook.keys().contains(&deliveries[1].idempotency_key));
    assert_eq!(house.pass().await, (0, 0, 0, 0), "nothing is sent twice");
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_with_the_same_key() {
    let hook = Recorder::answering(|message| match message.attempt {
        1 | 2 => Err(SendError::passing("HTTP 503")),
        _ => Ok("HTTP 200".into()),
    });
    let house = House::new(&[("hook", &hook)]);
    let alert = house.post(&["hook"]).await;
    assert_eq!(house.pass().await, (0, 1, 0, 0));
    let delivery = house.only(alert).await;
    assert_eq!(delivery.next_attempt, START.plus(5 * SECOND));
    assert_eq!(delivery.last_message.as_deref(), Some("HTTP 503; again in 5 s"));
    house.clock.advance(5 * SECOND - Duration::from_millis(1));
    assert_eq!(house.pass().await, (0, 0, 0, 0), "not before its time");
    house.clock.advance(Duration::from_millis(1));
    assert_eq!(house.pass().await, (0, 1, 0, 0));
    house.clock.advance(10 * SECOND);
    assert_eq!(house.pass().await, (1, 0, 0, 0));
    let key = house.only(alert).await.idempotency_key;
    assert_eq!(hook.keys(), [key.clone(), key.clone(), key]);
    assert_eq!(hook.attempts(), [1, 2, 3]);
    let attempts = house.attempts(delivery.id).await;
    assert_eq!(attempts.iter().map(|attempt| attempt.ok).collect::<Vec<_>>(), [false, false, true]);
}

#[tokio::test]
async fn the_pause_a_receiver_asks_for_is_kept() {
    let hook = Recorder::answering(|_| {
        Err(SendError { retry_after: Some(900 * SECOND), ..SendError::passing("HTTP 429") })
    });
    let house = House::new(&[("hook", &hook)]);
    let alert = house.post(&["hook"]).await;
    house.pass().await;
    assert_eq!(house.only(alert).await.next_attempt, START.plus(900 * SECOND));
}

#[tokio::test]
async fn permanent_failures_are_dead_at_once_and_can_be_brought_back() {
    let mended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let works = Arc::clone(&mended);
    let hook = Recorder::answering(move |_| match works.load(Ordering::SeqCst) {
        true => Ok("HTTP 200".into()),
        false => Err(SendError::permanent("HTTP 410")),
    });
    let house = House::new(&[("hook", &hook)]);
    let alert = house.post(&["hook"]).await;
    assert_eq!(house.pass().await, (0, 0, 1, 0));
    let delivery = house.only(alert).await;
    assert_eq!((delivery.state, delivery.finished), (DeliveryState::Dead, Some(START)));
    house.clock.advance(DAY);
    assert_eq!(house.pass().await, (0, 0, 0, 0), "the dead are left in peace");
    mended.store(true, Ordering::SeqCst);
    let now = house.clock.now();
    house.store.write(move |tx| tx.retry_deliveries(RetryWhich::Alert(alert), now)).await.unwrap();
    assert_eq!(house.pass().await, (1, 0, 0, 0));
    let keys = hook.keys();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn what_fails_for_too_long_is_given_up() {
    let hook = Recorder::answering(|_| Err(SendError::passing("connection refused")));
    let house = House::new(&[("hook", &hook)]);
    let alert = house.post(&["hook"]).await;
    let mut attempts = 0;
    while house.only(alert).await.state == DeliveryState::Pending {
        house.clock.set(house.only(alert).await.next_attempt);
        house.pass().await;
        attempts += 1;
    }
    let delivery = house.only(alert).await;
    assert_eq!(delivery.finished, Some(START.plus(5 * DAY)), "the last try falls on the time to give up");
    assert_eq!(
        delivery.last_message.as_deref(),
        Some("connection refused; given up: not delivered within 5 days")
    );
    // Ten doublings take 85 minutes, and 118.6 hours of the 120 are left for hourly tries.
    assert_eq!(attempts, 10 + 119 + 1);
}

#[tokio::test]
async fn a_claim_that_was_never_recorded_is_sent_again_after_the_lease() {
    let mail = Recorder::good();
    let house = House::new(&[("mail", &mail)]);
    let alert = house.post(&["mail"]).await;
    // Another process claimed it and died before it could record anything.
    let lease_until = START.plus(lease(&config()));
    let claimed = house.store.write(move |tx| tx.claim_deliveries(START, &["mail".into()], 1, lease_until));
    let key = claimed.await.unwrap().remove(0).delivery.idempotency_key;
    house.clock.set(lease_until.minus(Duration::from_millis(1)));
    assert_eq!(house.pass().await, (0, 0, 0, 0), "the lease is respected");
    house.clock.set(lease_until);
    assert_eq!(house.pass().await, (1, 0, 0, 0));
    assert_eq!(mail.keys(), [key]);
    assert_eq!(house.only(alert).await.attempts, 1);
}

#[tokio::test]
async fn a_success_that_was_never_recorded_is_sent_again_with_the_same_key() {
    let store: Arc<Mutex<Option<StoreHandle>>> = Arc::default();
    let dying = Arc::clone(&store);
    // The receiver accepts, and newswatch dies before it can write that down.
    let mail = Recorder::answering(move |_| {
        dying.lock().unwrap().take().map(|store| store.close_blocking());
        Ok("accepted".into())
    });
    let house = House::new(&[("mail", &mail)]);
    let alert = house.post(&["mail"]).await;
    *store.lock().unwrap() = Some(house.store.clone());
    assert_eq!(house.pass().await, (0, 0, 0, 1));
    let reborn = house.reborn(&[("mail", &mail)]);
    assert_eq!(reborn.only(alert).await.state, DeliveryState::Pending);
    reborn.clock.advance(lease(&config()));
    assert_eq!(reborn.pass().await, (1, 0, 0, 0));
    let key = reborn.only(alert).await.idempotency_key;
    assert_eq!(mail.keys(), [key.clone(), key], "the receiver can tell that it is a repeat");
}

#[tokio::test]
async fn a_hanging_receiver_holds_up_nobody_else() {
    let (stuck, mail) = (Recorder::hanging(), Recorder::good());
    let house = House::new(&[("stuck", &stuck), ("mail", &mail)]);
    for _ in 0..8 {
        house.post(&["stuck"]).await;
    }
    let cancel = CancellationToken::new();
    let loop_alerts = Arc::clone(&house.alerts);
    let stop = cancel.clone();
    let running = tokio::spawn(async move { loop_alerts.run(stop, Duration::ZERO).await });
    stuck.arrived.notified().await;
    for round in 1..=5 {
        house.post(&["mail"]).await;
        house.alerts.wake();
        mail.arrived.notified().await;
        assert_eq!(mail.keys().len(), round);
    }
    cancel.cancel();
    let summary = running.await.unwrap();
    // Each receiver has two slots: two sends hang, the other deliveries were never claimed.
    assert_eq!((summary.sent, summary.retried, stuck.keys().len()), (5, 2, 2));
}

#[tokio::test]
async fn sends_at_once_are_bounded() {
    let mail = Recorder::hanging();
    let house = House::new(&[("mail", &mail)]);
    for _ in 0..20 {
        house.post(&["mail"]).await;
    }
    let alerts = Arc::clone(&house.alerts);
    let passing = tokio::spawn(async move { alerts.pass().await });
    while mail.inside.load(Ordering::SeqCst) < 2 {
        mail.arrived.notified().await;
    }
    mail.gate.add_permits(20);
    assert_eq!(passing.await.unwrap().unwrap().sent, 20);
    assert_eq!(mail.most_inside.load(Ordering::SeqCst), 2, "all slots were used, and no more");
}

#[tokio::test]
async fn receivers_that_keep_order_get_it() {
    let mut journal = Arc::into_inner(Recorder::good()).unwrap();
    journal.in_order = true;
    let journal = Arc::new(journal);
    let house = House::new(&[("journal", &journal)]);
    let mut keys = Vec::new();
    for _ in 0..10 {
        let alert = house.post(&["journal"]).await;
        keys.push(house.only(alert).await.idempotency_key);
    }
    house.pass().await;
    assert_eq!(journal.keys(), keys);
    assert_eq!(journal.most_inside.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn shutdown_lets_sends_end_and_stops_those_that_do_not() {
    let stuck = Recorder::hanging();
    let house = House::new(&[("stuck", &stuck)]);
    let alert = house.post(&["stuck"]).await;
    let cancel = CancellationToken::new();
    let (alerts, stop) = (Arc::clone(&house.alerts), cancel.clone());
    let running = tokio::spawn(async move { alerts.run(stop, 60 * SECOND).await });
    stuck.arrived.notified().await;
    cancel.cancel();
    stuck.gate.add_permits(1);
    // Within the time allowed the send ends as if nothing had happened.
    assert_eq!(running.await.unwrap().sent, 1);
    assert_eq!(house.only(alert).await.state, DeliveryState::Sent);

    stuck.gate.forget_permits(1);
    let alert = house.post(&["stuck"]).await;
    let cancel = CancellationToken::new();
    let (alerts, stop) = (Arc::clone(&house.alerts), cancel.clone());
    let running = tokio::spawn(async move { alerts.run(stop, Duration::ZERO).await });
    stuck.arrived.notified().await;
    cancel.cancel();
    assert_eq!(running.await.unwrap().retried, 1);
    let delivery = house.only(alert).await;
    assert_eq!((delivery.state, delivery.next_attempt), (DeliveryState::Pending, START));
    assert!(delivery.last_message.unwrap().contains("whether it arrived is unknown"));
    // The lease ended with it: the next process sends at once, with the same key.
    stuck.gate.add_permits(1);
    assert_eq!(house.pass().await, (1, 0, 0, 0));
    assert_eq!(stuck.keys()[1], stuck.keys()[2]);
}

#[tokio::test]
async fn a_receiver_no_longer_configured_is_waited_for_until_the_time_to_give_up() {
    let (mail, hook) = (Recorder::good(), Recorder::good());
    let house = House::new(&[("mail", &mail)]);
    let (returns, gone) = (house.post(&["hook"]).await, house.post(&["pager"]).await);
    assert_eq!(house.pass().await, (0, 0, 0, 0));
    house.alerts.reconfigure(config(), receivers(&[("mail", &mail), ("hook", &hook)]));
    assert_eq!(house.pass().await, (1, 0, 0, 0), "it came back");
    assert_eq!(house.only(returns).await.state, DeliveryState::Sent);
    house.clock.advance(5 * DAY + SECOND);
    assert_eq!(house.pass().await, (0, 0, 1, 0));
    let delivery = house.only(gone).await;
    assert_eq!(delivery.state, DeliveryState::Dead);
    assert_eq!(delivery.last_message.as_deref(), Some("given up: receiver `pager` is no longer configured"));
}

#[tokio::test]
async fn a_receiver_that_crashes_harms_nobody() {
    let broken = Recorder::answering(|_| panic!("a bug"));
    let mail = Recorder::good();
    let house = House::new(&[("broken", &broken), ("mail", &mail)]);
    let alert = house.post(&["broken", "mail"]).await;
    assert_eq!(house.pass().await, (1, 0, 0, 1));
    assert_eq!(house.deliveries(alert).await[0].state, DeliveryState::Pending);
}

/// A writer into memory, for the log.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_attempt_has_one_closing_event() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process, not this thread: whether an event is wanted is cached for all threads at once, and tests beside
    // this one meet the same events. Their lines are told apart by the receivers' names.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    let mail = Recorder::good();
    let hook = Recorder::answering(|message| match message.attempt {
        1 => Err(SendError::passing("HTTP 503")),
        _ => Err(SendError::permanent("HTTP 410")),
    });
    let house = House::new(&[("told-mail", &mail), ("told-hook", &hook)]);
    house.post(&["told-mail"]).await;
    house.post(&["told-hook"]).await;
    house.pass().await;
    house.clock.advance(5 * SECOND);
    house.pass().await;
    let all = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let log: Vec<&str> = all.lines().filter(|line| line.contains("receiver.name=told-")).collect();
    let rows = [
        (
            "a success",
            "INFO",
            "receiver.name=told-mail attempt=1",
            "fine outcome=\"sent\" attempt=1 duration_ms=",
        ),
        (
            "a failure that may pass",
            "WARN",
            "receiver.name=told-hook attempt=1",
            "HTTP 503; again in 5 s outcome=\"retry\" attempt=1 duration_ms=",
        ),
        (
            "a failure for good",
            "ERROR",
            "receiver.name=told-hook attempt=2",
            "HTTP 410; given up: trying again would not help outcome=\"dead\" attempt=2 duration_ms=",
        ),
    ];
    for (sentence, level, span, event) in rows {
        let matching = log.iter().filter(|line| {
            line.contains(level)
                && line.contains("deliver{delivery.id=")
                && line.contains(span)
                && line.contains(event)
        });
        assert_eq!(matching.count(), 1, "{sentence} in {log:?}");
    }
    assert_eq!(log.len(), rows.len(), "{log:?}");
}
