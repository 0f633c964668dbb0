//! An alert in the log is one event with fields; nothing in it can forge a second one.

use super::*;
use newswatch::alert::receiver::log::Log;
use std::io::Write;
use std::sync::Mutex;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_event_and_one_showing() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let shown = Arc::new(Mutex::new(Vec::new()));
    let screen = Arc::clone(&shown);
    let terminal = Arc::new(move |message: &Message| screen.lock().unwrap().push(message.key.clone()));
    let log = Log::new("journal".into(), Some(terminal));
    let mut evil = message("Ban\n2026-11-23T12:00:00Z ERROR forged \u{1b}[31m", "");
    evil.alert.content.topic_title = "T\r\nforged too".into();
    evil.alert.content.url = Some("https://x.example/\n\u{1b}]8;;".into());
    assert_eq!(log.send(&evil).await.as_deref(), Ok("logged"));
    let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.lines().count(), 1, "{written}");
    assert!(!written.contains('\u{1b}') && !written.contains('\r'), "{written:?}");
    for field in ["INFO", "newswatch::alert::log", "topic.id=chips", "story.id=12", "receiver.name=journal"] {
        assert!(written.contains(field), "{field} in {written}");
    }
    assert_eq!(*shown.lock().unwrap(), ["key-1"]);
}
