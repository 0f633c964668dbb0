//! The engine as a whole: who joins whom, and that a rebuilt memory decides alike.

use super::*;

const HOUR: i64 = 3_600_000;

/// A telling entry; tests change what they are about.
fn item(id: i64, hour: i64) -> Item<'static> {
    Item {
        id: EntryId(id),
        feed: "north",
        key: Box::leak(format!("guid-{id}").into_boxed_str()),
        canonical_url: None,
        title: "Harbour minister resigns over the sale of two docks",
        body: "",
        lang: Some("en"),
        publisher: None,
        time: Time(1_750_000_000_000 + hour * HOUR),
    }
}

fn judged(items: &[Item<'_>]) -> Vec<Placement> {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    items.iter().map(|item| stories.judge(item)).collect()
}

#[test]
fn exact_stages_answer_in_order() {
    let url = Some("https://example.org/docks");
    let rows: [(Item<'_>, Item<'_>, Stage, &str); 6] = [
        (
            item(1, 0),
            Item { key: "guid-1", title: "Other words", ..item(2, 1) },
            Stage::Guid,
            "same guid, same feed",
        ),
        (
            item(1, 0),
            Item { key: "guid-1", feed: "south", title: "Storm closes airport in Lima", ..item(2, 1) },
            Stage::Opened,
            "same guid, other feed",
        ),
        (
            Item { canonical_url: url, ..item(1, 0) },
            Item { canonical_url: url, title: "Storm closes airport in Lima", ..item(2, 1) },
            Stage::Url,
            "same address",
        ),
        (
            item(1, 0),
            Item {
                feed: "south",
                title: "Harbour minister resigns over the sale of two docks | South Post",
                ..item(2, 1)
            },
            Stage::Content,
            "copy with the outlet behind the title",
        ),
        (
            Item { title: "Newsticker", ..item(1, 0) },
            Item { title: "Newsticker", feed: "south", ..item(2, 1) },
            Stage::Opened,
            "furniture",
        ),
        (
            item(1, 0),
            Item { canonical_url: url, ..item(2, 30) },
            Stage::Opened,
            "the same feed repeats itself a day later: a column",
        ),
    ];
    for (first, second, stage, why) in rows {
        let placed = judged(&[first, second]);
        assert_eq!(placed[1].reason.stage, stage, "{why}");
        assert_eq!(placed[1].opened, stage == Stage::Opened, "{why}");
        assert_eq!(placed[1].story == placed[0].story, stage != Stage::Opened, "{why}");
    }
}

#[test]
fn beyond_the_window_nothing_joins() {
    let placed = judged(&[item(1, 0), Item { feed: "south", ..item(2, 80) }]);
    assert!(placed[1].opened);
}

#[test]
fn later_entries_follow_a_users_correction() {
    let mut stories = Stories::new(StorySettings::default(), StoryId(6));
    assert_eq!(stories.judge(&item(1, 0)).story, StoryId(7));
    stories.reassign(EntryId(1), StoryId(40));
    assert_eq!(stories.judge(&Item { feed: "south", ..item(2, 1) }).story, StoryId(40));
    let other = stories.judge(&Item { title: "Storm closes airport in Lima", ..item(3, 2) });
    assert_eq!(other.story, StoryId(41), "numbers go on after the highest known");
}

#[test]
fn a_revised_entry_is_found_by_its_new_text() {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let story = stories.judge(&item(1, 0)).story;
    let revised = Item { title: "Storm closes airport in Lima", ..item(1, 0) };
    stories.rejudge(&revised, story);
    assert_eq!(stories.judge(&Item { feed: "south", title: revised.title, ..item(2, 1) }).story, story);
    assert!(stories.judge(&Item { feed: "south", ..item(3, 1) }).opened, "the old text is forgotten");
}

/// A small stream: events told by several outlets in words of their own, with copies, columns and odd dates.
fn stream() -> Vec<(Item<'static>, &'static str)> {
    const SUBJECTS: [&str; 6] = [
        "harbour minister Ortega resigns over the sale of two docks in Tilbury",
        "storm Delia closes Lima airport and cuts power to 40000 homes",
        "chip maker Kestrel wins licence to ship lithography tools to Malaysia",
        "court in Lyon fines supermarket chain Bonmarche 12 million for misleading labels",
        "researchers at Uppsala report a battery that charges in 90 seconds",
        "rail workers in Ontario start a strike that stops 300 trains",
    ];
    const FRAMES: [(&str, &str); 4] = [
        ("{}", "Officials confirmed on Tuesday that {}."),
        ("Report: {}", "{}, two people familiar with the matter said."),
        ("What we know as {}", "It was a surprise to many: {}. More is expected this week."),
        ("UPDATE 1-{}", "Officials confirmed on Tuesday that {}."),
    ];
    let mut out = Vec::new();
    for at in 0..72usize {
        let subject = SUBJECTS[at % SUBJECTS.len()];
        let (title, body) = FRAMES[(at / SUBJECTS.len()) % FRAMES.len()];
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let odd = match at {
            17 => 60_000 * HOUR,
            40 => -400_000 * HOUR,
            _ => 0,
        };
        let round = (at / 24) as i64 * 100;
        let base = item(at as i64 + 1, at as i64 + round);
        let feed = ["north", "south", "east", "west"][at % 4];
        let entry = Item {
            feed,
            title: leak(title.replace("{}", subject)),
            body: leak(body.replace("{}", subject)),
            time: Time(base.time.0 + odd),
            ..base
        };
        out.push((entry, subject));
    }
    out
}

#[test]
fn a_rebuilt_engine_decides_like_one_that_ran_through() {
    let stream = stream();
    let mut through = Stories::new(StorySettings::default(), StoryId(0));
    let expected: Vec<Placement> = stream.iter().map(|(item, _)| through.judge(item)).collect();
    for cut in 0..stream.len() {
        let last = expected[..cut].iter().map(|placed| placed.story).max().unwrap_or(StoryId(0));
        let mut rebuilt = Stories::new(StorySettings::default(), last);
        for ((item, _), placed) in stream.iter().zip(&expected).take(cut) {
            rebuilt.restore(item, placed.story);
        }
        let next: Vec<Placement> =
            stream[cut..].iter().take(6).map(|(item, _)| rebuilt.judge(item)).collect();
        assert_eq!(next, expected[cut..(cut + 6).min(stream.len())], "stopped after {cut} entries");
    }
}

#[test]
fn the_window_alone_is_enough_to_rebuild() {
    let stream: Vec<_> = stream().into_iter().filter(|(item, _)| ![18, 41].contains(&item.id.0)).collect();
    let window = StorySettings::default().window.as_millis() as i64;
    let mut through = Stories::new(StorySettings::default(), StoryId(0));
    let expected: Vec<Placement> = stream.iter().map(|(item, _)| through.judge(item)).collect();
    for cut in 1..stream.len() {
        let since = stream[cut - 1].0.time.0 - window;
        let last = expected[..cut].iter().map(|placed| placed.story).max().unwrap_or(StoryId(0));
        let mut rebuilt = Stories::new(StorySettings::default(), last);
        for ((item, _), placed) in
            stream.iter().zip(&expected).take(cut).filter(|((item, _), _)| item.time.0 >= since)
        {
            rebuilt.restore(item, placed.story);
        }
        let next = rebuilt.judge(&stream[cut].0);
        assert_eq!(next, expected[cut], "stopped after {cut} entries");
    }
}

/// Revisions and words that more entries hold than are listed by: what is remembered is what the entries say now, in
/// their first order.
#[test]
fn revisions_and_common_words_leave_no_trace() {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let name = |at: i64| ["Varn", "Quist", "Delia", "Tessel", "Ortega"][at as usize % 5];
    let entry = |at: i64, round: i64| Item {
        feed: ["north", "south", "east"][at as usize % 3],
        title: leak(format!(
            "Harbour minister {}{} resigns over docks {}",
            name(at),
            at / 5,
            at + round * 1_000
        )),
        body: leak(format!("Officials in Tilbury{} said the sale of docks was stopped.", (at + round) % 7)),
        time: Time(1_750_000_000_000 + at * 60_000),
        ..item(at + 1, 0)
    };
    let mut through = Stories::new(StorySettings::default(), StoryId(0));
    let mut now: Vec<(Item<'_>, StoryId)> = Vec::new();
    for at in 0..400 {
        let first = entry(at, 0);
        now.push((first, through.judge(&first).story));
        // Every third entry is revised later, newer ones more often than older ones.
        if at % 3 == 0 {
            let revised = at - at % 60 / 2;
            let (known, story) = &mut now[revised as usize];
            *known = entry(revised, 1);
            through.rejudge(known, *story);
        }
    }
    for at in 300..400 {
        let (known, story) = &mut now[at as usize];
        *known = entry(at, 2);
        through.rejudge(known, *story);
    }
    let last = now.iter().map(|(_, story)| *story).max().unwrap_or(StoryId(0));
    let mut rebuilt = Stories::new(StorySettings::default(), last);
    now.iter().for_each(|(known, story)| rebuilt.restore(known, *story));
    for at in 400..460 {
        let next = entry(at, 0);
        assert_eq!(rebuilt.judge(&next), through.judge(&next), "entry {at}");
    }
}

#[test]
fn rewrites_of_one_event_join_and_events_stay_apart() {
    let stream = stream();
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let placed: Vec<(StoryId, &str)> =
        stream.iter().take(17).map(|(item, subject)| (stories.judge(item).story, *subject)).collect();
    for (one, subject) in &placed {
        for (two, other) in &placed {
            assert_eq!(one == two, subject == other, "{subject} / {other}");
        }
    }
}

#[test]
fn look_alikes_of_one_template_stay_apart() {
    let rows = [
        ("Quake of magnitude 4.2 shakes Arica, no damage", "A quake shook Arica on Monday, the survey said."),
        (
            "Quake of magnitude 5.1 shakes Iquique, no damage",
            "A quake shook Iquique on Monday, the survey said.",
        ),
        (
            "Quake of magnitude 4.7 shakes Calama, no damage",
            "A quake shook Calama on Monday, the survey said.",
        ),
    ];
    let items: Vec<Item<'_>> = rows
        .iter()
        .zip(1..)
        .map(|(&(title, body), id)| Item {
            feed: ["north", "south", "east"][id as usize % 3],
            title,
            body,
            ..item(id, id)
        })
        .collect();
    assert!(judged(&items).iter().all(|placed| placed.opened));
}

#[test]
fn one_event_in_three_scripts_is_one_story() {
    let rows = [
        (
            "en",
            "China tells DeepSeek founder Liang Wenfeng to avoid travel to the United States",
            "Chinese authorities told Liang Wenfeng of DeepSeek and researchers at Alibaba to avoid trips to the United States, the Wall Street Journal reported.",
        ),
        (
            "de",
            "China rät DeepSeek-Gründer Liang Wenfeng von Reisen in die USA ab",
            "Chinesische Behörden haben Liang Wenfeng von DeepSeek und Forschern bei Alibaba geraten, Reisen in die USA zu meiden, wie das Wall Street Journal berichtet.",
        ),
        (
            "ru",
            "Китай советует основателю DeepSeek Ляну Вэньфэну не ездить в США",
            "Власти Китая посоветовали основателю DeepSeek Лян Вэньфэну и исследователям Alibaba не ездить в США, пишет Wall Street Journal.",
        ),
        (
            "zh",
            "中国建议DeepSeek创始人梁文锋避免前往美国",
            "中国有关部门建议DeepSeek创始人梁文锋和阿里巴巴的研究人员避免前往美国,《华尔街日报》报道。",
        ),
    ];
    let items: Vec<Item<'_>> = rows
        .iter()
        .zip(1..)
        .map(|(&(lang, title, body), id)| Item { lang: Some(lang), feed: lang, title, body, ..item(id, id) })
        .collect();
    let placed = judged(&items);
    for (placed, row) in placed.iter().zip(rows).skip(1) {
        assert_eq!(placed.story, StoryId(1), "{}: {}", row.0, placed.reason.text);
        assert_eq!(placed.reason.stage, Stage::CrossLingual, "{}", row.0);
    }
}

#[test]
fn bad_input_gets_a_decision_in_bounded_time() {
    let long: &'static str = Box::leak("abracadabra".repeat(100_000).into_boxed_str());
    let wide: &'static str = Box::leak("無".repeat(300_000).into_boxed_str());
    let titles = [
        "",
        "🎉🎉🎉",
        "Newsticker",
        "Morning briefing",
        long,
        wide,
        "مرحبا بالعالم العربي",
        "שלום עולם",
        "…—“”",
        "\u{202E}tfel ot thgir",
    ];
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    for (title, id) in titles.into_iter().chain(titles).zip(1i64..) {
        for (body, offset) in [("", 0), (title, 1)] {
            let days = [0, -20_000 * 24, 27_000 * 24][id as usize % 3];
            let placed = stories.judge(&Item { title, body, feed: "odd", ..item(id * 2 + offset, days) });
            assert!(!placed.reason.text.is_empty());
        }
    }
}

#[test]
fn ten_thousand_entries_with_one_title_stay_bounded() {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let mut sizes = std::collections::HashMap::new();
    for id in 0..10_000 {
        let furniture =
            Item { title: "Newsticker", feed: ["north", "south"][id as usize % 2], ..item(id, 0) };
        *sizes.entry(stories.judge(&furniture).story).or_insert(0) += 1;
    }
    assert_eq!(sizes.len(), 10_000, "furniture never joins");
    assert_eq!(stories.len(), 10_000);
    stories.expire(Time(i64::MAX));
    assert!(stories.is_empty());
}

#[test]
fn an_entry_judged_again_is_placed_alike() {
    let mut stories = Stories::new(StorySettings::default(), StoryId(0));
    let first = stories.judge(&item(1, 0));
    let joined = stories.judge(&Item { feed: "south", ..item(2, 1) });
    let again = stories.judge(&Item { feed: "south", ..item(2, 1) });
    assert_eq!(joined, again, "a batch that is judged a second time comes to the same");
    assert_eq!(again.story, first.story);
    assert_eq!(stories.len(), 2);
}
