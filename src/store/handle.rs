//! The async face of the store: one writer thread, a few readers.
//!
//! The order of a write: the closure is queued; the store thread takes everything queued by then (up to
//! [`GROUP`]) into one transaction, each closure in its own savepoint; one commit; then each caller gets its own
//! answer. A closure that fails is undone alone. If the common transaction is lost (full disk, another process),
//! each closure is tried once more by itself, so closures must be repeatable. Reads run beside it on their own
//! connections, off the async threads. Nobody waits for more company: groups form only while a commit runs.
//! Dropping a caller does not stop its write.

use super::{Backend, OpenReader, Pruned, Read, Reader, Result, StoreError, Tx, sqlite};
use crate::model::Time;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};

/// At most so many closures share a commit: bounds how long the first of them waits.
const GROUP: usize = 64;
/// Connections that read at once; further questions wait.
const READERS: usize = 4;
/// Rows of each kind that one step of retention removes: some tens of milliseconds of the store thread.
const PRUNE_STEP: usize = 500;

/// The store, for any number of callers. Cheap to clone; the last clone closes the store.
#[derive(Clone)]
pub struct StoreHandle(Arc<Shared>);

struct Shared {
    writer: Option<Writer>,
    open_reader: OpenReader,
    idle: Mutex<Vec<Box<dyn Reader>>>,
    permits: Arc<Semaphore>,
}

struct Writer {
    queue: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<Result<()>>>>,
}

enum Message {
    Write(Box<dyn Job>),
    Close,
}

impl StoreHandle {
    /// Opens the SQLite database for the process that runs the loops: takes the process lock, makes or upgrades
    /// the file. Fails if another such process runs on it, or the file cannot be trusted.
    pub fn open_daemon(path: &Path) -> Result<Self> {
        Self::start(Box::new(sqlite::Sqlite::open_daemon(path)?))
    }

    /// Opens the SQLite database for single changes from the command line, also while a daemon runs on it.
    pub fn open_writer(path: &Path) -> Result<Self> {
        Self::start(Box::new(sqlite::Sqlite::open_writer(path)?))
    }

    /// Opens an existing SQLite database for questions only. Writes nothing, takes no lock.
    pub fn open_reader(path: &Path) -> Result<Self> {
        let (first, open_reader) = sqlite::open_reader(path)?;
        Ok(Self(Arc::new(Shared {
            writer: None,
            open_reader,
            idle: Mutex::new(vec![first]),
            permits: Arc::new(Semaphore::new(READERS)),
        })))
    }

    /// Starts the store thread on an opened database.
    pub fn start(backend: Box<dyn Backend>) -> Result<Self> {
        let open_reader = backend.readers();
        let (queue, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(backend, &jobs))
            .map_err(|error| StoreError::Database(format!("the store thread cannot start: {error}")))?;
        Ok(Self(Arc::new(Shared {
            writer: Some(Writer { queue, thread: Mutex::new(Some(thread)) }),
            open_reader,
            idle: Mutex::new(Vec::new()),
            permits: Arc::new(Semaphore::new(READERS)),
        })))
    }

    /// Runs `work` in a transaction and waits until it is on disk. All or nothing: an error (or a panic) in
    /// `work` leaves no trace of it. `work` may run twice; only its last answer counts.
    pub async fn write<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnMut(&mut dyn Tx) -> Result<R> + Send + 'static,
    {
        let (send, answer) = oneshot::channel();
        self.enqueue(work, move |result| drop(send.send(result)))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`write`](Self::write) for code outside of any async runtime.
    pub fn write_blocking<R, F>(&self, work: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnMut(&mut dyn Tx) -> Result<R> + Send + 'static,
    {
        let (send, answer) = mpsc::channel();
        self.enqueue(work, move |result| drop(send.send(result)))?;
        answer.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Answers a question from one consistent snapshot, off the async threads.
    pub async fn read<R, F>(&self, question: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnOnce(&dyn Read) -> Result<R> + Send + 'static,
    {
        self.off_thread(move |shared| shared.ask(question)).await
    }

    /// [`read`](Self::read) on the calling thread.
    pub fn read_blocking<R>(&self, question: impl FnOnce(&dyn Read) -> Result<R>) -> Result<R> {
        self.0.ask(question)
    }

    /// Writes a consistent copy of the database to the new file `to`, while it is in use.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let to = to.to_owned();
        self.off_thread(move |shared| shared.with_reader(|reader| reader.backup(&to))).await
    }

    /// [`backup`](Self::backup) on the calling thread.
    pub fn backup_blocking(&self, to: &Path) -> Result<()> {
        self.0.with_reader(|reader| reader.backup(to))
    }

    /// Retention (see [`Tx::prune`]) in small steps, so that polls and alerts are not held up meanwhile.
    pub async fn prune(&self, bodies_before: Time, records_before: Time) -> Result<Pruned> {
        let mut total = Pruned::default();
        loop {
            let step = move |tx: &mut dyn Tx| tx.prune_some(bodies_before, records_before, PRUNE_STEP);
            if total.add(self.write(step).await?) < PRUNE_STEP {
                return Ok(total);
            }
        }
    }

    /// [`prune`](Self::prune) for code outside of any async runtime.
    pub fn prune_blocking(&self, bodies_before: Time, records_before: Time) -> Result<Pruned> {
        let mut total = Pruned::default();
        loop {
            let step = move |tx: &mut dyn Tx| tx.prune_some(bodies_before, records_before, PRUNE_STEP);
            if total.add(self.write_blocking(step)?) < PRUNE_STEP {
                return Ok(total);
            }
        }
    }

    /// Runs what is queued, waits for running reads, folds the log into the database and gives up the process
    /// lock. Later calls, on any clone, get [`StoreError::Closed`].
    pub async fn close(&self) -> Result<()> {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let running = self.0.permits.acquire_many(all).await;
        self.0.permits.close();
        drop(running);
        let shared = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || shared.stop()).await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`close`](Self::close) for code outside of any async runtime.
    pub fn close_blocking(&self) -> Result<()> {
        self.0.stop()
    }

    async fn off_thread<R: Send + 'static>(
        &self,
        run: impl FnOnce(&Shared) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let shared = Arc::clone(&self.0);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            run(&shared)
        });
        task.await.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(_) => Err(StoreError::Database("the question panicked".to_owned())),
            Err(_) => Err(StoreError::Closed),
        })
    }

    fn enqueue<R, F>(&self, work: F, reply: impl FnOnce(Result<R>) + Send + 'static) -> Result<()>
    where
        R: Send + 'static,
        F: FnMut(&mut dyn Tx) -> Result<R> + Send + 'static,
    {
        let writer = self
            .0
            .writer
            .as_ref()
            .ok_or_else(|| StoreError::Database("the database was opened for reading only".to_owned()))?;
        let job = Box::new(Task { work, answer: None, reply });
        writer.queue.send(Message::Write(job)).map_err(|_| StoreError::Closed)
    }
}

impl Pruned {
    /// Adds a step; returns the largest of its counts, to be compared with what it was allowed.
    fn add(&mut self, step: Pruned) -> usize {
        self.bodies += step.bodies;
        self.polls += step.polls;
        self.attempts += step.attempts;
        step.bodies.max(step.polls).max(step.attempts)
    }
}

impl Shared {
    fn ask<R>(&self, question: impl FnOnce(&dyn Read) -> Result<R>) -> Result<R> {
        let mut question = Some(question);
        let mut answer = None;
        self.with_reader(|reader| {
            reader.read(&mut |read| {
                if let Some(question) = question.take() {
                    answer = Some(question(read)?);
                }
                Ok(())
            })
        })?;
        answer.ok_or(StoreError::Closed)
    }

    /// Lends an idle reader or a new one. One that failed is dropped, not used again.
    fn with_reader<R>(&self, run: impl FnOnce(&mut dyn Reader) -> Result<R>) -> Result<R> {
        if self.permits.is_closed() {
            return Err(StoreError::Closed);
        }
        let idle = lock(&self.idle).pop();
        let mut reader = idle.map_or_else(|| (self.open_reader)(), Ok)?;
        let answer = run(reader.as_mut())?;
        let mut idle = lock(&self.idle);
        if idle.len() < READERS && !self.permits.is_closed() {
            idle.push(reader);
        }
        Ok(answer)
    }

    /// Ends the readers, then the store thread; only the first call has its result.
    fn stop(&self) -> Result<()> {
        self.permits.close();
        lock(&self.idle).clear();
        let Some(writer) = &self.writer else { return Ok(()) };
        let Some(thread) = lock(&writer.thread).take() else { return Ok(()) };
        let _ = writer.queue.send(Message::Close);
        if thread.thread().id() == std::thread::current().id() {
            return Ok(());
        }
        thread.join().unwrap_or(Err(StoreError::Closed))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure, and everything committed is safe without a tidy end.
        let _ = self.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store thread: until it is told to close and the queue before that is done.
fn serve(mut backend: Box<dyn Backend>, jobs: &mpsc::Receiver<Message>) -> Result<()> {
    while let Ok(Message::Write(first)) = jobs.recv() {
        let mut group = vec![first];
        let mut closing = false;
        while group.len() < GROUP && !closing {
            match jobs.try_recv() {
                Ok(Message::Write(job)) => group.push(job),
                Ok(Message::Close) => closing = true,
                Err(_) => break,
            }
        }
        commit(backend.as_mut(), group);
        if closing {
            break;
        }
    }
    backend.close()
}

fn commit(backend: &mut dyn Backend, mut group: Vec<Box<dyn Job>>) {
    let mut pieces: Vec<_> =
        group.iter_mut().map(|job| move |tx: &mut dyn Tx| guarded(job.as_mut(), tx)).collect();
    let mut work: Vec<super::Work<'_>> = pieces.iter_mut().map(|piece| piece as super::Work<'_>).collect();
    let results = backend.write(&mut work);
    drop(work);
    drop(pieces);
    for (job, result) in group.into_iter().zip(results) {
        job.finish(result);
    }
}

/// A panic in one closure must end neither the store nor its neighbours' transaction.
fn guarded(job: &mut dyn Job, tx: &mut dyn Tx) -> Result<()> {
    catch_unwind(AssertUnwindSafe(|| job.run(tx)))
        .unwrap_or_else(|_| Err(StoreError::Database("a change panicked and was undone".to_owned())))
}

/// A queued closure, its kind of answer forgotten.
trait Job: Send {
    fn run(&mut self, tx: &mut dyn Tx) -> Result<()>;
    fn finish(self: Box<Self>, outcome: Result<()>);
}

struct Task<F, R, S> {
    work: F,
    answer: Option<R>,
    reply: S,
}

impl<F, R, S> Job for Task<F, R, S>
where
    F: FnMut(&mut dyn Tx) -> Result<R> + Send,
    R: Send,
    S: FnOnce(Result<R>) + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> Result<()> {
        self.answer = None;
        self.answer = Some((self.work)(tx)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<()>) {
        let Task { answer, reply, .. } = *self;
        reply(outcome.and_then(|()| answer.ok_or(StoreError::Closed)));
    }
}
