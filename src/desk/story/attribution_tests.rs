use super::*;

fn check(text: &str, expected: &[&str], why: &str) {
    let none = Outlets::default();
    assert_eq!(cited_outlets("", text, &none), expected, "{why}: {text}");
    assert_eq!(cited_outlets(text, "", &none), expected, "{why}, as a title: {text}");
}

#[test]
fn cited_outlets_are_named_in_every_language() {
    let rows: [(&str, &[&str], &str); 41] = [
        (
            "Staff were told to stay home, according to the Wall Street Journal.",
            &["Wall Street Journal"],
            "English",
        ),
        ("The order was first reported by Bloomberg News on Monday.", &["Bloomberg"], "first report"),
        ("Exports will stop, the Financial Times reported.", &["Financial Times"], "phrase behind the name"),
        ("Officials weigh curbs, citing a report in the Kent Courier.", &["Kent Courier"], "by its look"),
        ("People briefed on the matter told The Harbour Ledger.", &["Harbour Ledger"], "a ledger"),
        ("The plan is dead, the newspaper Rheinblick reported.", &["Rheinblick"], "called a newspaper"),
        ("The plan is dead, according to the news site Tagwerk.", &["Tagwerk"], "called a site"),
        (
            "Curbs are near, according to Reuters and the Financial Times.",
            &["Reuters", "Financial Times"],
            "two",
        ),
        ("Documents seen by Reuters show the order.", &["Reuters"], "documents"),
        (
            "Peking warnt Forscher vor Reisen, wie das WSJ berichtet.",
            &["Wall Street Journal"],
            "German, short name",
        ),
        ("Das meldet die Nachrichtenagentur Reuters am Montag.", &["Reuters"], "German, with the noun"),
        ("Unter Berufung auf das „Handelsblatt“ heißt es.", &["Handelsblatt"], "German, quoted"),
        (
            "Das berichtet die Zeitung The Harbour Ledger unter Berufung auf Personen.",
            &["Harbour Ledger"],
            "mixed",
        ),
        (
            "Laut einem Bericht der Süddeutschen Zeitung fehlt Geld.",
            &["Süddeutsche Zeitung"],
            "German, inflected",
        ),
        ("Das schreibt die Zeitung Rheinblick.", &["Rheinblick"], "German, unknown"),
        ("Pékin déconseille ces voyages, selon Le Monde.", &["Monde"], "French"),
        ("Selon le quotidien Quai Nord, l’accord est mort.", &["Quai Nord"], "French, unknown"),
        ("Pekín desaconseja los viajes, según El País.", &["El País"], "Spanish"),
        ("Según informó el diario Costa Norte, no hay acuerdo.", &["Costa Norte"], "Spanish, unknown"),
        (
            "Secondo quanto riporta il Corriere della Sera, l’accordo è saltato.",
            &["Corriere della Sera"],
            "Italian",
        ),
        ("Come scrive La Repubblica, l’accordo è saltato.", &["Repubblica"], "Italian, as"),
        ("Segundo a Folha de S.Paulo, o acordo caiu.", &["Folha de S.Paulo"], "Portuguese"),
        ("De acordo com o jornal Maré Alta, o acordo caiu.", &["Maré Alta"], "Portuguese, unknown"),
        ("Volgens de Volkskrant is het akkoord van de baan.", &["Volkskrant"], "Dutch"),
        ("Dat meldt persbureau Reuters.", &["Reuters"], "Dutch, with the noun"),
        ("Jak podaje Gazeta Wyborcza, umowy nie będzie.", &["Gazeta Wyborcza"], "Polish"),
        ("据《华尔街日报》报道，有关部门已发出通知。", &["Wall Street Journal"], "Chinese, with title marks"),
        ("据路透社报道，有关部门已发出通知。", &["Reuters"], "Chinese"),
        ("據彭博社報導，相關部門已通知。", &["Bloomberg"], "traditional characters"),
        ("据《海港纪事报》报道，有关部门已通知。", &["海港纪事报"], "Chinese, unknown"),
        ("ロイター通信によると、当局が通知した。", &["Reuters"], "Japanese"),
        (
            "米紙ウォール・ストリート・ジャーナルが報じた。",
            &["Wall Street Journal"],
            "Japanese, with the noun",
        ),
        ("英字紙ハーバー・レジャーが関係者の話として報じた。", &["ハーバー・レジャー"], "Japanese, unknown"),
        ("로이터통신은 당국이 통보했다고 보도했다.", &["Reuters"], "Korean"),
        ("월스트리트저널(WSJ)에 따르면 당국이 통보했다.", &["Wall Street Journal"], "Korean, according to"),
        ("Об этом сообщает ТАСС.", &["TASS"], "Russian"),
        ("Сделка сорвалась, по данным «Коммерсанта».", &["Kommersant"], "Russian, inflected"),
        ("Со ссылкой на газету «Портовый вестник».", &["Портовый вестник"], "Russian, unknown"),
        ("وفقا لصحيفة وول ستريت جورنال أبلغت السلطات الشركات.", &["Wall Street Journal"], "Arabic"),
        ("ذكرت وكالة رويترز أن السلطات أبلغت الشركات.", &["Reuters"], "Arabic, reported"),
        ("نقلا عن رويترز أمس.", &["Reuters"], "Arabic, quoting"),
    ];
    for (text, expected, why) in rows {
        check(text, expected, why);
    }
}

#[test]
fn people_offices_and_firms_are_no_outlets() {
    for text in [
        "Exports will stop, according to the Ministry of Commerce.",
        "The deal is dead, according to John Smith.",
        "The deal is dead, according to Emily Post.",
        "Nobody was hurt, according to the police.",
        "Nobody was hurt, according to Harbour Police.",
        "Nobody was hurt, Police Chief Anna Berg reported.",
        "The minister told Parliament that the port stays open.",
        "According to Nvidia, demand is strong.",
        "Laut Polizei wurde niemand verletzt.",
        "Nach Angaben der Bundesregierung fehlt Geld.",
        "Wie das Ministerium mitteilte, fehlt Geld.",
        "Selon la police, personne n’a été blessé.",
        "Según la Policía Nacional, no hay heridos.",
        "Secondo il governo, i conti tornano.",
        "Segundo a Polícia Federal, não há feridos.",
        "Volgens de politie is niemand gewond.",
        "По данным полиции, никто не пострадал.",
        "По данным Министерства обороны, никто не пострадал.",
        "根据新规定，企业须申请许可。",
        "据商务部消息，出口须申请许可。",
        "警察によると、けが人はいない。",
        "경찰에 따르면 다친 사람은 없다.",
        "وفقا للشرطة لم يصب أحد.",
        "",
    ] {
        check(text, &[], "no outlet");
    }
}

#[test]
fn each_outlet_is_named_once_in_order() {
    let body = "According to Reuters, the WSJ reported it. Reuters reported more, according to the Wall Street Journal.";
    assert_eq!(cited_outlets("", body, &Outlets::default()), ["Reuters", "Wall Street Journal"]);
}

#[test]
fn stored_publishers_and_configured_names_are_known() {
    let names =
        Aliases::parse("\"The Harbour Ledger\" = [\"海港纪事报\", \"ハーバー・レジャー\"]").expect("a list");
    let publishers = ["The Harbour Ledger", "Lanjiang", "Ministry of Commerce"].map(str::to_owned);
    let known = Outlets::new(publishers, Arc::new(names));
    let cited = |text: &str| cited_outlets("", text, &known);
    assert_eq!(
        cited("The deal is dead, Lanjiang reported."),
        ["Lanjiang"],
        "a publisher without the look of one"
    );
    assert_eq!(cited("据《海港纪事报》报道，有关部门已通知。"), ["The Harbour Ledger"]);
    assert_eq!(cited("英字紙ハーバー・レジャーが報じた。"), ["The Harbour Ledger"]);
    assert_eq!(cited("People told the Harbour Ledger on Monday."), ["The Harbour Ledger"]);
    assert!(
        cited("According to the Ministry of Commerce, exports stop.").is_empty(),
        "publishes, but is no outlet"
    );
}

#[test]
fn every_pattern_compiles() {
    assert_eq!(PATTERNS.len(), 24);
}
