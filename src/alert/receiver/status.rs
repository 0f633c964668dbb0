//! Status: what every HTTP status means for a delivery; one table for every receiver that speaks HTTP.
//!
//! 2xx is accepted. 4xx says that this request is wrong and will stay wrong, with exceptions that name a passing
//! state. 5xx says that the server is in trouble now, with exceptions that name a lack for good. A
//! redirect is not followed: a lasting one is a wrong address, a passing one (maintenance page) may go away.

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Delivered.
    Accepted,
    /// Try again later.
    Later,
    /// Give up.
    Refused,
}

/// What a status means.
pub fn answer(status: u16) -> Answer {
    match status {
        200..=299 => Answer::Accepted,
        // Moved for good: the configured address is wrong.
        301 | 308 => Answer::Refused,
        // 408 timeout · 409 a request with the same key is still being worked on (idempotency keys) · 421 wrong
        // connection · 423 locked · 425 too early · 429 too many requests · 499 the proxy gave up (nginx)
        408 | 409 | 421 | 423 | 425 | 429 | 499 => Answer::Later,
        400..=499 => Answer::Refused,
        // The server cannot do this at all: method not implemented, HTTP version not supported.
        501 | 505 => Answer::Refused,
        _ => Answer::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status() {
        let accepted = |status: u16| (200..300).contains(&status);
        let refused = |status: u16| {
            matches!(status, 301 | 308 | 501 | 505)
                || (400..500).contains(&status) && ![408, 409, 421, 423, 425, 429, 499].contains(&status)
        };
        for status in 100..=999 {
            let expected = match () {
                () if accepted(status) => Answer::Accepted,
                () if refused(status) => Answer::Refused,
                () => Answer::Later,
            };
            assert_eq!(answer(status), expected, "{status}");
        }
    }

    #[test]
    fn the_ones_people_meet() {
        let rows = [
            (200, Answer::Accepted, "accepted"),
            (202, Answer::Accepted, "accepted for later work is accepted"),
            (204, Answer::Accepted, "accepted without a body"),
            (302, Answer::Later, "a maintenance page"),
            (301, Answer::Refused, "moved for good"),
            (400, Answer::Refused, "the body will not get better"),
            (401, Answer::Refused, "the credentials are wrong"),
            (404, Answer::Refused, "no such hook"),
            (408, Answer::Later, "the server waited in vain"),
            (410, Answer::Refused, "the hook was removed"),
            (413, Answer::Refused, "too large stays too large"),
            (429, Answer::Later, "too many at once"),
            (500, Answer::Later, "a crash over there"),
            (502, Answer::Later, "a proxy without its server"),
            (503, Answer::Later, "overloaded"),
            (504, Answer::Later, "slow behind a proxy"),
            (511, Answer::Later, "a captive portal"),
        ];
        for (status, expected, sentence) in rows {
            assert_eq!(answer(status), expected, "{status}: {sentence}");
        }
    }
}
