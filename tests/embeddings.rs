//! Vectors of texts as further evidence: a tiny model written here, and an endpoint on loopback, with everything that can go
//! wrong with them.

#[path = "support/newsroom.rs"]
#[expect(dead_code, reason = "every test file uses its own part of the support")]
mod newsroom;

use newsroom::*;
use newswatch::app::embed;
use newswatch::store::JudgedEntry;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// Words of one meaning in two languages share a row, all others have one of their own.
const WORDS: [(&str, usize); 13] = [
    ("[UNK]", 0),
    ("ferry", 1),
    ("fähre", 1),
    ("sinks", 2),
    ("sinkt", 2),
    ("island", 3),
    ("insel", 3),
    ("passengers", 4),
    ("passagiere", 4),
    ("rescued", 5),
    ("gerettet", 5),
    ("wheat", 6),
    ("weizen", 6),
];
const WIDTH: usize = 8;

/// The two files of a model in the form of model2vec.
fn model() -> (Vec<u8>, Vec<u8>) {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        WORDS.iter().enumerate().map(|(id, (word, _))| ((*word).to_owned(), id.into())).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" },
    });
    let mut numbers = Vec::new();
    for (_, row) in WORDS {
        for column in 0..WIDTH {
            // What is unknown points a little everywhere.
            let value: f32 = if row == 0 { 0.01 } else { f32::from(u8::from(row == column)) };
            numbers.extend(value.to_le_bytes());
        }
    }
    let header = serde_json::json!({
        "__metadata__": { "format": "pt" },
        "embeddings": { "dtype": "F32", "shape": [WORDS.len(), WIDTH], "data_offsets": [0, numbers.len()] },
    });
    let header = header.to_string().into_bytes();
    let mut tensors = (header.len() as u64).to_le_bytes().to_vec();
    tensors.extend(header);
    tensors.extend(numbers);
    (serde_json::to_vec(&tokenizer).expect("JSON"), tensors)
}

const FEEDS: &str = r#"
[[feed]]
id = "wire"
url = "https://wire.example/feed"
"#;

fn with_model(settings: &str) -> Newsroom {
    let (tokenizer, tensors) = model();
    let text = format!("{FEEDS}\n[embeddings]\nmodel = \"model\"\n{settings}");
    Newsroom::with(&text, &[("model/tokenizer.json", &tokenizer), ("model/model.safetensors", &tensors)])
}

/// Two reports of one event whose languages share a number and a name, and one of something else.
fn tell(room: &mut Newsroom) {
    for entry in entries() {
        room.tell("wire", entry);
    }
}

fn entries() -> [newswatch::model::NewEntry; 3] {
    [
        entry(
            "Harbour Post",
            "en",
            "Ferry sinks off island, 214 passengers rescued",
            "The ferry Solvang Dronning sinks: all passengers rescued near the island.",
        ),
        entry(
            "Küstenblatt",
            "de",
            "Fähre sinkt vor Insel, 214 Passagiere gerettet",
            "Die Fähre sinkt mit Weizen: alle Passagiere gerettet nahe der Insel. Solvang heißt sie.",
        ),
        entry(
            "Field News",
            "en",
            "Wheat prices climb after dry spring",
            "Wheat harvests shrink, growers say.",
        ),
    ]
}

fn placed(room: &Newsroom) -> Vec<JudgedEntry> {
    let mut all: Vec<JudgedEntry> = room.stories().into_iter().flat_map(|(_, entries)| entries).collect();
    all.sort_by_key(|known| known.entry.id);
    all
}

fn told(room: &Newsroom) -> Vec<(Option<i64>, String)> {
    placed(room)
        .into_iter()
        .map(|known| (known.entry.story.map(|story| story.0), known.reason.text))
        .collect()
}

#[test]
fn a_local_model_is_evidence_with_its_own_threshold() {
    let mut room = with_model("");
    tell(&mut room);
    let placed = placed(&room);
    let german = &placed[1].reason;
    let similarity = german.similarity.expect("both texts have a vector");
    assert!((0.8..0.99).contains(&similarity), "{similarity}");
    assert!(german.text.contains("alike, counts from 0.60 on"), "{}", german.text);
    assert_eq!(placed[2].reason.similarity, None, "nothing came near it");

    let mut strict = with_model("threshold = 99");
    tell(&mut strict);
    let german = &self::placed(&strict)[1].reason;
    assert!(german.text.contains("alike, too little to count from 0.99 on"), "{}", german.text);
}

#[test]
fn decisions_are_the_same_over_restarts() {
    let mut through = with_model("");
    tell(&mut through);
    let mut stopped = with_model("");
    for entry in entries() {
        stopped.tell("wire", entry);
        stopped.restart();
    }
    assert_eq!(told(&through), told(&stopped));
}

#[test]
fn a_model_that_is_none_is_refused_with_its_file() {
    let (tokenizer, mut tensors) = model();
    let load = |files: &[(&str, &[u8])]| {
        let room = Newsroom::with(FEEDS, files);
        let mut config = (*room.config).clone();
        config.embeddings.model = config.store.path.parent().map(|directory| directory.join("model"));
        embed::embeddings(&config).err().unwrap_or_default()
    };
    assert!(load(&[]).contains("tokenizer.json"));
    assert!(
        load(&[("model/tokenizer.json", b"{}"), ("model/model.safetensors", &tensors)])
            .contains("tokenizer.json")
    );
    tensors.truncate(tensors.len() - 1);
    let cut = load(&[("model/tokenizer.json", &tokenizer), ("model/model.safetensors", &tensors)]);
    assert!(cut.contains("model.safetensors: embeddings lies beyond the file"), "{cut}");
    let none =
        load(&[("model/tokenizer.json", &tokenizer), ("model/model.safetensors", b"\x02\0\0\0\0\0\0\0{}")]);
    assert!(none.contains("holds no tensor"), "{none}");
}

/// How the endpoint answers.
#[derive(Clone, Copy)]
enum Manner {
    /// One vector for each text: the texts of [`entries`] about the ferry point one way.
    Well,
    /// Never.
    Hangs,
    /// 500.
    Fails,
    /// Vectors that grow longer with every request.
    Grows,
}

/// An OpenAI-compatible endpoint on loopback; gives its address and every request's head and body.
fn endpoint(manner: Manner) -> (String, Receiver<(String, serde_json::Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (told, asked) = channel();
    std::thread::spawn(move || {
        let mut hanging = Vec::new();
        for (at, stream) in listener.incoming().flatten().enumerate() {
            let Some((head, body)) = request(&stream) else { continue };
            // Nobody listens once the test has seen enough.
            let _ = told.send((head, body.clone()));
            match manner {
                Manner::Hangs => hanging.push(stream),
                Manner::Fails => answer(stream, "500 Internal Server Error", "{}"),
                Manner::Well => answer(stream, "200 OK", &vectors(&body, WIDTH)),
                Manner::Grows => answer(stream, "200 OK", &vectors(&body, WIDTH + at)),
            }
        }
    });
    (format!("http://{address}/v1/embeddings"), asked)
}

fn request(stream: &TcpStream) -> Option<(String, serde_json::Value)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, serde_json::from_slice(&body).ok()?))
}

fn answer(mut stream: TcpStream, status: &str, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    // The asker may have gone away.
    let _ = stream.write_all(text.as_bytes());
}

fn vectors(body: &serde_json::Value, width: usize) -> String {
    let texts = body["input"].as_array().expect("texts");
    let vector = |text: &serde_json::Value| {
        let ferry = text.as_str().is_some_and(|text| text.contains("214"));
        (0..width).map(|at| f64::from(u8::from((at == 0) == ferry))).collect::<Vec<_>>()
    };
    let data: Vec<_> = texts
        .iter()
        .enumerate()
        .rev()
        .map(|(index, text)| serde_json::json!({ "index": index, "embedding": vector(text) }))
        .collect();
    serde_json::json!({ "data": data }).to_string()
}

fn with_endpoint(url: &str, settings: &str) -> Newsroom {
    let text = format!(
        "{FEEDS}\n[net]\nallow_addresses = [\"127.0.0.0/8\"]\n[embeddings]\nendpoint = \"{url}\"\n\
         endpoint_model = \"tiny\"\nendpoint_key = \"sesame\"\n{settings}"
    );
    Newsroom::with(&text, &[])
}

#[test]
fn an_endpoint_is_asked_once_for_each_text() {
    let (url, asked) = endpoint(Manner::Well);
    let mut room = with_endpoint(&url, "");
    room.take("wire", entries().to_vec());
    room.judge();
    let (head, body) = asked.recv().expect("a request");
    assert!(head.starts_with("POST /v1/embeddings HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("authorization: bearer sesame"), "{head}");
    assert_eq!((&body["model"], body["input"].as_array().map(Vec::len)), (&"tiny".into(), Some(3)));
    assert_eq!(placed(&room)[1].reason.similarity, Some(1.0));

    room.restart();
    let [ferry, german, _] = entries();
    room.take("wire", vec![newswatch::model::NewEntry { key: "copy".to_owned(), ..ferry }, german]);
    room.judge();
    assert!(asked.try_recv().is_err(), "a text that was met before has its vector");
}

#[test]
fn without_vectors_the_words_decide_and_say_so_also_after_a_restart() {
    for (manner, settings) in
        [(Manner::Hangs, "timeout = \"50ms\""), (Manner::Fails, ""), (Manner::Hangs, "timeout = \"10ms\"")]
    {
        let (url, asked) = endpoint(manner);
        let mut room = with_endpoint(&url, settings);
        tell(&mut room);
        assert_eq!(asked.try_iter().count(), 3, "one request for each entry");
        let mut plain = Newsroom::with(FEEDS, &[]);
        tell(&mut plain);
        let note = "; no vector came in time, the words alone decided";
        let expected: Vec<_> =
            told(&plain).into_iter().map(|(story, text)| (story, format!("{text}{note}"))).collect();
        assert_eq!(told(&room), expected);
        room.restart();
        let again = newswatch::model::NewEntry { key: "again".to_owned(), ..entries()[2].clone() };
        room.tell("wire", again);
        assert_eq!(asked.try_iter().count(), 0, "a vector that did not come is not asked for again");
    }
}

#[test]
fn vectors_of_another_length_are_none() {
    let (url, _asked) = endpoint(Manner::Grows);
    let mut room = with_endpoint(&url, "");
    tell(&mut room);
    let placed = placed(&room);
    assert!(!placed[0].reason.text.contains("no vector"), "the first tells how long they are");
    assert!(placed[1].reason.text.contains("no vector came in time"), "{}", placed[1].reason.text);
}

#[test]
fn an_endpoint_that_is_not_allowed_is_never_reached() {
    let (url, asked) = endpoint(Manner::Well);
    let mut config = (*Newsroom::with(FEEDS, &[]).config).clone();
    config.embeddings.endpoint = Some(url.parse().expect("an address"));
    let refused = embed::embeddings(&config).err().expect("refused");
    assert!(refused.contains("not a public address"), "{refused}");
    assert!(asked.try_recv().is_err());
}
