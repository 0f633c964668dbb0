//! The seam's questions and changes, each handed to the file of its noun.

use super::{
    alerts, corrections, entries, feeds, history, hits, judge, marks, outbox, outlets, polls, prune, rejudge,
    revisions, sources, stats, stories, subscriptions, updates, vectors, window,
};
use crate::model::*;
use crate::store::*;
use rusqlite::Connection;
use std::path::Path;

/// One open transaction or snapshot.
pub(super) struct Session<'c> {
    conn: &'c Connection,
    path: &'c Path,
}

impl<'c> Session<'c> {
    pub(super) fn new(conn: &'c Connection, path: &'c Path) -> Self {
        Self { conn, path }
    }
}

impl Read for Session<'_> {
    fn feed_state(&self, feed: &FeedId) -> Result<Option<FeedState>> {
        feeds::state(self.conn, feed)
    }

    fn feed_states(&self) -> Result<Vec<FeedState>> {
        feeds::states(self.conn)
    }

    fn polls(&self, feed: &FeedId, limit: usize) -> Result<Vec<PollRow>> {
        polls::newest(self.conn, feed, limit)
    }

    fn next_due(&self) -> Result<Option<Time>> {
        feeds::next_due(self.conn)
    }

    fn troubles(&self) -> Result<Vec<KnownTrouble>> {
        sources::troubles(self.conn)
    }

    fn known_entries(&self, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>> {
        sources::known_entries(self.conn, feed, entries)
    }

    fn fresh_entries(&self, feed: &FeedId, entries: &[NewEntry]) -> Result<Vec<bool>> {
        sources::fresh_entries(self.conn, feed, entries)
    }

    fn recent_gaps(&self, since: Time) -> Result<Vec<(FeedId, GapRow)>> {
        sources::recent_gaps(self.conn, since)
    }

    fn successors(&self) -> Result<Vec<Successor>> {
        sources::successors(self.conn)
    }

    fn entries_in_common(&self, feed: &FeedId, other: &FeedId, newest: usize) -> Result<(u64, u64)> {
        sources::in_common(self.conn, feed, other, newest)
    }

    fn gaps(&self, feed: &FeedId, since: Time) -> Result<Vec<GapRow>> {
        sources::gaps(self.conn, feed, since)
    }

    fn due_subscriptions(&self, now: Time) -> Result<Vec<Subscription>> {
        subscriptions::due(self.conn, now)
    }

    fn subscription_by_token(&self, token: &str) -> Result<Option<Subscription>> {
        subscriptions::by_token(self.conn, token)
    }

    fn subscription(&self, feed: &FeedId) -> Result<Option<Subscription>> {
        subscriptions::of_feed(self.conn, feed)
    }

    fn pending_entries(&self, limit: usize) -> Result<Vec<Entry>> {
        entries::pending(self.conn, limit)
    }

    fn entry(&self, id: EntryId) -> Result<Option<Entry>> {
        entries::one(self.conn, id)
    }

    fn revisions(&self, entry: EntryId) -> Result<Vec<Revision>> {
        revisions::of_entry(self.conn, entry)
    }

    fn entries(&self, filter: &EntryFilter) -> Result<Vec<Entry>> {
        entries::list(self.conn, filter)
    }

    fn window(&self, since: Time, each: &mut dyn FnMut(Entry)) -> Result<()> {
        window::stream(self.conn, since, each)
    }

    fn history(
        &self,
        since: Time,
        text: Option<&TextFilter>,
        each: &mut dyn FnMut(Entry) -> bool,
    ) -> Result<()> {
        history::stream(self.conn, since, text, each)
    }

    fn history_start(&self, since: Time) -> Result<Option<Time>> {
        history::oldest(self.conn, since)
    }

    fn history_size(&self, since: Time) -> Result<HistorySize> {
        history::size(self.conn, since)
    }

    fn entries_hit(&self, topic: &TopicId, since: Time) -> Result<Vec<EntryId>> {
        rejudge::entries_hit(self.conn, topic, since)
    }

    fn topic_versions(&self, topic: &TopicId) -> Result<Vec<(String, Time)>> {
        rejudge::versions(self.conn, topic)
    }

    fn marks(&self) -> Result<Vec<Marked>> {
        marks::all(self.conn)
    }

    fn story_by_url(&self, canonical_url: &str) -> Result<Option<(StoryId, EntryId)>> {
        window::story_by_url(self.conn, canonical_url)
    }

    fn last_story(&self) -> Result<StoryId> {
        stories::last(self.conn)
    }

    fn corrections(&self) -> Result<u64> {
        corrections::generation(self.conn)
    }

    fn hits(&self, filter: &HitFilter) -> Result<Vec<HitView>> {
        hits::list(self.conn, filter)
    }

    fn hit(&self, id: HitId) -> Result<Option<HitView>> {
        hits::one(self.conn, id)
    }

    fn stories(&self, filter: &StoryFilter) -> Result<Vec<Story>> {
        stories::list(self.conn, filter)
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>> {
        stories::one(self.conn, id)
    }

    fn story_entries(&self, id: StoryId) -> Result<Vec<JudgedEntry>> {
        window::story_entries(self.conn, id)
    }

    fn story_hits(&self, id: StoryId) -> Result<Vec<Hit>> {
        hits::of_story(self.conn, id)
    }

    fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>> {
        alerts::list(self.conn, filter)
    }

    fn alert(&self, id: AlertId) -> Result<Option<AlertView>> {
        alerts::one(self.conn, id)
    }

    fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>> {
        outbox::attempts(self.conn, delivery)
    }

    fn vector(&self, model: &str, text: &str) -> Result<Option<Option<Vec<u8>>>> {
        vectors::one(self.conn, model, text)
    }

    fn vector_size(&self, model: &str) -> Result<Option<usize>> {
        vectors::size(self.conn, model)
    }

    fn placement(&self, entry: EntryId) -> Result<Option<StoryReason>> {
        window::placement(self.conn, entry)
    }

    fn updates_of(&self, first: AlertId) -> Result<Vec<AlertId>> {
        updates::following(self.conn, first)
    }

    fn told(&self, story: StoryId) -> Result<Vec<Told>> {
        updates::told(self.conn, story)
    }

    fn carried(&self, story: StoryId) -> Result<Vec<Carried>> {
        outlets::carried(self.conn, story)
    }

    fn outlets(&self) -> Result<Vec<String>> {
        outlets::known(self.conn)
    }

    fn next_delivery(&self) -> Result<Option<Time>> {
        outbox::next(self.conn)
    }

    fn topic_counts(&self, since: Time) -> Result<Vec<TopicCount>> {
        hits::topic_counts(self.conn, since)
    }

    fn stats(&self) -> Result<StoreStats> {
        stats::stats(self.conn, self.path)
    }

    fn instance(&self) -> Result<String> {
        stats::instance(self.conn)
    }
}

impl Tx for Session<'_> {
    fn sync_feeds(&mut self, feeds: &[FeedSeed], now: Time) -> Result<()> {
        feeds::sync(self.conn, feeds, now)
    }

    fn claim_feeds(
        &mut self,
        now: Time,
        all: bool,
        limit: usize,
        lease_until: Time,
        busy: &[FeedId],
    ) -> Result<Vec<FeedState>> {
        feeds::claim(self.conn, now, all, limit, lease_until, busy)
    }

    fn release_feeds(&mut self, feeds: &[(FeedId, Time)]) -> Result<()> {
        feeds::release(self.conn, feeds)
    }

    fn absorb_entries(
        &mut self,
        feed: &FeedId,
        entries: &[NewEntry],
        backlog: bool,
        now: Time,
    ) -> Result<Absorbed> {
        entries::absorb(self.conn, feed, entries, backlog, now)
    }

    fn finish_poll(&mut self, record: &PollRecord) -> Result<()> {
        polls::finish(self.conn, record)
    }

    fn begin_trouble(&mut self, trouble: &KnownTrouble, now: Time) -> Result<()> {
        sources::begin(self.conn, trouble, now)
    }

    fn end_trouble(&mut self, trouble: &KnownTrouble) -> Result<()> {
        sources::end(self.conn, trouble)
    }

    fn put_successor(&mut self, successor: &Successor, requests: u32, received: u64) -> Result<()> {
        sources::put_successor(self.conn, successor, requests, received)
    }

    fn record_gap(&mut self, feed: &FeedId, gap: &GapRow) -> Result<()> {
        sources::record_gap(self.conn, feed, gap)
    }

    fn put_subscription(&mut self, subscription: &Subscription) -> Result<()> {
        subscriptions::put(self.conn, subscription)
    }

    fn remove_subscription(&mut self, token: &str) -> Result<()> {
        subscriptions::remove(self.conn, token)
    }

    fn bring_forward(&mut self, feed: &FeedId, due: Time, reason: &str) -> Result<()> {
        feeds::bring_forward(self.conn, feed, due, reason)
    }

    fn set_paused(&mut self, feed: &FeedId, paused: bool, now: Time) -> Result<()> {
        feeds::set_paused(self.conn, feed, paused, now)
    }

    fn record_judgements(&mut self, judgements: &[Judgement], now: Time) -> Result<Recorded> {
        judge::record(self.conn, judgements, now)
    }

    fn put_vectors(&mut self, model: &str, vectors: &[(String, Option<Vec<u8>>)], now: Time) -> Result<()> {
        vectors::put(self.conn, model, vectors, now)
    }

    fn add_update(
        &mut self,
        content: &AlertContent,
        receivers: &[ReceiverName],
        now: Time,
    ) -> Result<Option<(AlertId, usize)>> {
        updates::add(self.conn, content, receivers, now)
    }

    fn merge_stories(&mut self, into: StoryId, from: StoryId) -> Result<Corrected> {
        corrections::merge(self.conn, into, from)
    }

    fn split_story(&mut self, story: StoryId, entries: &[EntryId]) -> Result<Corrected> {
        corrections::split(self.conn, story, entries)
    }

    fn claim_deliveries(
        &mut self,
        now: Time,
        receivers: &[ReceiverName],
        limit: usize,
        lease_until: Time,
    ) -> Result<Vec<ClaimedDelivery>> {
        outbox::claim(self.conn, now, receivers, limit, lease_until)
    }

    fn record_attempt(&mut self, record: &AttemptRecord) -> Result<()> {
        outbox::record_attempt(self.conn, record)
    }

    fn free_deliveries(&mut self, latest: Time) -> Result<()> {
        outbox::free(self.conn, latest)
    }

    fn retry_deliveries(&mut self, which: RetryWhich, now: Time) -> Result<usize> {
        outbox::retry(self.conn, which, now)
    }

    fn add_alert(
        &mut self,
        content: &AlertContent,
        receivers: &[ReceiverName],
        now: Time,
    ) -> Result<AlertId> {
        alerts::add_test(self.conn, content, receivers, now)
    }

    fn add_past_hits(&mut self, hits: &[PastHit], now: Time) -> Result<usize> {
        rejudge::add(self.conn, hits, now)
    }

    fn mark_hit(&mut self, hit: HitId, mark: Mark, now: Time) -> Result<()> {
        marks::set(self.conn, hit, mark, now)
    }

    fn clear_mark(&mut self, hit: HitId) -> Result<()> {
        marks::clear(self.conn, hit)
    }

    fn record_topic_version(&mut self, topic: &TopicId, version: &str, query: &str, now: Time) -> Result<()> {
        stats::record_topic_version(self.conn, topic, version, query, now)
    }

    fn prune_some(&mut self, bodies_before: Time, records_before: Time, limit: usize) -> Result<Pruned> {
        prune::prune(self.conn, bodies_before, records_before, limit)
    }
}
