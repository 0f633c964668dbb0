//! A test alert, sent now to one receiver, past the outbox: it tells at once whether the settings work.

use super::{Message, Surroundings, receiver, test_content};
use crate::config::Config;
use crate::model::*;
use crate::net::Guard;
use crate::store::ClaimedDelivery;
use jiff::tz::TimeZone;

/// Sends a test alert and says what came back.
///
/// # Errors
/// A sentence: no such receiver, settings that cannot work, or what the receiver answered.
pub async fn send_test(config: &Config, name: &ReceiverName, now: Time) -> Result<String, String> {
    let only = config.receivers.iter().find(|receiver| receiver.name == *name).ok_or_else(|| {
        let known: Vec<&str> = config.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        format!("there is no receiver {name}; there are: {}", known.join(", "))
    })?;
    let around = Surroundings { guard: Guard::new(&config.net), zone: TimeZone::system(), terminal: None };
    let config = Config { receivers: vec![only.clone()], ..config.clone() };
    let receivers = receiver::build(&config, &around)
        .map_err(|bad| bad.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let receiver = receivers.get(name).ok_or_else(|| format!("there is no receiver {name}"))?;
    receiver.send(&Message::new(claimed(name, now), now)).await.map_err(|error| error.to_string())
}

fn claimed(name: &ReceiverName, now: Time) -> ClaimedDelivery {
    let delivery = Delivery {
        id: DeliveryId(0),
        alert: AlertId(0),
        receiver: name.clone(),
        // A key of its own each time, so that a receiver that drops repeats shows every test.
        idempotency_key: format!("test-{}", now.0),
        state: DeliveryState::Pending,
        attempts: 0,
        next_attempt: now,
        created: now,
        finished: None,
        last_message: None,
    };
    let alert = Alert { id: AlertId(0), at: now, content: test_content(now) };
    ClaimedDelivery { delivery, alert, earlier: Vec::new(), first: None }
}
