//! How often a feed is polled whose hub pushes: at its own pace until the hub has proven itself, then ever more seldom.
//!
//! A poll confirms the hub when it finds nothing new although the hub brought something since the last one, or when it
//! finds the news that the hub only announced. A poll that finds an entry nobody pushed takes all of it back. From the
//! third confirmation in a row on the pause doubles with each, up to `intake.max_interval`; it never reaches beyond the
//! lease, and a feed with an interval of its own keeps that. Pure.

use crate::model::Time;
use crate::store::{Subscription, SubscriptionState};

/// Confirmations in a row that prove a hub.
const PROVEN: u32 = 3;
/// Doublings at most: by then any pause has met its bound.
const DOUBLINGS: u32 = 12;

/// A proven hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// How many times longer the pause between polls may be.
    pub factor: u32,
    /// Polls in a row that confirmed the hub.
    pub confirmed: u32,
    /// The end of its lease.
    pub until: Time,
}

/// Whether a hub may push now.
fn stands(subscription: &Subscription, now: Time) -> bool {
    subscription.state == SubscriptionState::Active
        && subscription.lease_until.is_some_and(|until| until > now)
}

/// What a poll that succeeded says of the hub: `new` is what it found beyond everything pushed; `read` whether it had a
/// document to look at.
pub fn after_poll(known: Subscription, new: usize, read: bool, now: Time) -> Subscription {
    let announced = known.brought > 0 || known.pinged;
    let missed = new > 0 && !known.pinged;
    let confirmed = match known.confirmed {
        _ if missed || !stands(&known, now) => 0,
        confirmed if read && announced => confirmed.saturating_add(1),
        confirmed => confirmed,
    };
    Subscription { brought: 0, pinged: false, confirmed, ..known }
}

/// The proof there is at present.
pub fn backup(known: &Subscription, now: Time) -> Option<Backup> {
    let until = known.lease_until.filter(|_| stands(known, now) && known.confirmed >= PROVEN)?;
    let doublings = (known.confirmed + 1 - PROVEN).min(DOUBLINGS);
    Some(Backup { factor: 1 << doublings, confirmed: known.confirmed, until })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, wanted};
    use super::*;
    use std::time::Duration;

    fn active() -> Subscription {
        let lease_until = Some(NOW.plus(Duration::from_secs(1000)));
        Subscription { state: SubscriptionState::Active, lease_until, confirmed: 2, ..wanted() }
    }

    #[test]
    fn a_poll_confirms_or_refutes() {
        let over = Subscription { lease_until: Some(NOW), ..active() };
        for (brought, pinged, new, read, confirmed, why) in [
            (3, false, 0, true, 3, "all that is new had been pushed"),
            (3, false, 1, true, 0, "one was not"),
            (0, false, 1, true, 0, "nothing was, but something is new"),
            (0, false, 0, true, 2, "nothing new, nothing pushed: says nothing"),
            (3, false, 0, false, 2, "the server says nothing has changed: no document to look at"),
            (0, true, 2, true, 3, "announced and found"),
            (0, true, 0, false, 2, "announced, and nothing found yet"),
        ] {
            let after = after_poll(Subscription { brought, pinged, ..active() }, new, read, NOW);
            assert_eq!((after.confirmed, after.brought, after.pinged), (confirmed, 0, false), "{why}");
        }
        assert_eq!(
            after_poll(Subscription { brought: 1, ..over }, 0, true, NOW).confirmed,
            0,
            "the lease is over"
        );
    }

    #[test]
    fn a_proven_hub_lengthens_the_pause_step_by_step() {
        let factor =
            |confirmed| backup(&Subscription { confirmed, ..active() }, NOW).map(|backup| backup.factor);
        assert_eq!([2, 3, 4, 5, 60].map(factor), [None, Some(2), Some(4), Some(8), Some(4096)]);
        let proven = Subscription { confirmed: 9, ..active() };
        for state in [SubscriptionState::Wanted, SubscriptionState::Denied, SubscriptionState::Leaving] {
            assert_eq!(backup(&Subscription { state, ..proven.clone() }, NOW), None, "{state:?}");
        }
        let end = proven.lease_until.expect("a lease");
        assert_eq!(backup(&proven, end), None, "no longer than the lease");
    }
}
