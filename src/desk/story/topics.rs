//! The standing subjects of news, in the languages of the shipped feeds: words that say what field a piece belongs
//! to, and so return every day in other pieces. Written by hand; see [`super::common`] for what they weigh.

/// Words of scripts with spaces, lower case.
pub const WORDS: &str = "bridge pier barge crossing road street repair pedestrian cyclist motorist commuter driver lane truck traffic divert diverted closure \
    appeal bail charge convict convicted convictions sentence sentenced jail jailed murder manslaughter robbery burglary stabbing assault rape arson bribery \
    hunger famine refugee shelter aid blast explosion collapse landslide rescue survivor wreck sink capsize drown collision derail \
    brewery bakery baker butcher grocery supermarket chain brand label wine beer coffee cocoa sugar meat dairy egg fruit vegetable fish \
    league cup final semifinal goal scorer penalty defender keeper goalkeeper manager transfer injury coach derby season champion title race lap \
    singer band album song actor actress director drama comedy novel writer author painter exhibition award prize stage audience \
    birth wedding divorce funeral grave priest bishop parish temple mosque synagogue church monastery \
    academic acquisition agriculture airline airport ai algorithm aircraft alliance aluminium ammunition antitrust app \
    application artificial astronaut auto automaker autonomous award bailout ballistic bankruptcy barrel battery bilateral biotech blockade \
    bond bonus border broker bubble bug bureau cable cargo carbon carmaker cartel ceasefire census centre champion chatbot chemical chip \
    chipmaker chips cinema clinic cloud club coach coal coast cobalt commerce commodity compliance computer computing conduct contractor \
    copper copyright corn corporate corruption covid coronavirus crash crew crude cruise crypto currency customs cyber cyberattack dam data \
    dealer deficit delegation deploy deputy destination detained device diesel directive disaster dividend dock dose drone drought dual \
    duty earthquake electric electricity electronics embargo embassy emission engine engineer engineering entrepreneur envoy epidemic equipment \
    equity eu evacuate exchange exemption expert explosive export exporter facility factory farm farmer fee ferry festival fighter firefighter \
    fiscal fisher fleet flight flood flu fog foreigner forecast forecaster founder fraud freight fuel fugitive fundraising gallery gang \
    gasoline gdp generative genetic geopolitical goods grain grid guidance guideline gunman hacker harbour harvest hardware headquarters \
    hostage hotel household housing humanitarian hurricane hydrogen immunity import importer inauguration index infection infrastructure \
    injury insurance insurer intelligence investor island jail jet job jobless journey judge laboratory lab label labour landing laptop \
    launch laundering lawsuit lawyer lease legislation lender liberal licence license licensing lithium lithography litigation loan lobby locomotive \
    logistics lorry lottery luxury machine machinery magnet mainland maintenance maker manufacturer manufacturing maritime marriage mayor measles \
    medal medication medicine memory merger metal migrant migration militia mine mineral mining missile mission mobile monetary monitor \
    mortgage motor mountain museum nato naval navy negotiation negotiator nitrate nuclear nurse observer occupation ocean oligarch \
    opec operator orbit orchestra outlet outbreak outlook output pandemic parliament passenger passport patent patrol payment pension permit \
    petrol pharmaceutical pilot pipeline pirate plane plant platform plea pollution pope port portfolio poverty pregnancy premium premier \
    processor producer prosecution provider provincial provision purchase quantum quarantine quota radar radio rail railway rain rare rebel \
    receipt recession recruit referee referendum refinery regulator relief renewable rent reopening reporter researcher resignation restaurant \
    retailer retirement rifle riot robot rocket ruling salary satellite school sea seafood sector semiconductor server settlement shareholder \
    shares shelter shipment shipping shipyard shop shopper shortage shutdown silicon silver smartphone smuggling software solar soldier \
    sovereign soybean spacecraft spare speculation spokesperson squad stadium startup steel stimulus stoppage storage storm strait streaming striker \
    strikes subsidy subsidiary suburb summit supplier supply surveillance sustainable tanker tariff tax taxpayer teenager telecom \
    temperature tenant theatre theft toll tornado tourism tourist tournament toxic trader trading tram transparency transport treaty tribunal \
    trooper truck tunnel turnout turnover typhoon unemployment unicorn union upgrade uranium vaccination vaccine valuation vessel viewer visa \
    visitor volcano volunteer voucher wafer wage warehouse warship wheat wildfire wind wire witness worker workforce workplace yuan zone \
    abgeordnete abkommen aktie aktien amt angriff anklage anleger anteil antrag anwalt arbeit arbeiter arbeitgeber arbeitsplätze armee arzt ausbau \
    ausbildung ausfuhr ausland auto autobauer autoindustrie autos bahn bank banken bauern beamte behörde behörden bericht beruf berufe betreiber betrieb \
    betriebe bevölkerung bewohner bild bilder börse branche brand bund bundeswehr bürger bürgermeister chef chefin chip chips daten demonstration \
    dienst dollar drohne drohnen einfuhr einigung einsatz energie engpass entscheidung entwicklung erden erdbeben ergebnis ermittler ermittlungen \
    ernte eu experte experten export fabrik fachleute fahrer fahrzeug familie fernsehen feuer feuerwehr film firma firmen flug flughafen flüchtlinge \
    forderung forscher forschung forschern fonds frist front fußball gas gebiet gefahr gefängnis geld gemeinde genehmigung gericht geschäft gesetz \
    gesellschaft gespräche gesundheit gewerkschaft gewinn gipfel grenze gruppe gründer hafen handel handwerk haus haushalt haushalte hersteller hilfe hotel \
    impfstoff industrie inflation ingenieure insel internet investitionen investoren jugendliche justiz kamera kammer kampf kandidat kauf ki kirche klage klima \
    klinik klub koalition kommission konferenz kongress kontrolle kontrollen konzern kosten kraftwerk krankenhaus krise kritik kultur kunden künstlich künstliche \
    künstlicher intelligenz labor labore laut leistung leitung lieferung lieferketten lizenz lizenzen luft maschinen markt maßnahmen medien meer mehrheit messe \
    metall metalle miete mitarbeiter mitglieder modelle museum nachfrage nation netz opfer opposition orte panne panzer parlament partner patienten pflicht plan plattform \
    plattformen politik politiker post premier preis preise produkte produktion programm projekt prozess rakete raketen recht rechte reform regel regeln region reise \
    reisen rente richter risiko rohstoffe rücktritt rüstung saison satellit schaden schiff schiffe schule schulen schüler schutz seltene seltenen senat sicherheit software \
    soldaten sommer spieler sport sprecher staat staaten staatsanwaltschaft stadion start steuer steuern streik strom stromnetz studie sturm system täter team technik \
    technologie test tier tiere tor tore tote toten trainer transport treffen truppen umfrage umsatz umwelt universität unfall union unternehmer unwetter \
    urlaub urteil verband verbände verbot verbraucher verein verfahren verfahren verhandlungen verkehr verletzte verletzten versicherung vertrag verträge verwaltung video \
    volksrepublik vorwürfe waffen wahlen wald warnung wartung wasser welt wettbewerb wetter wind winter wirtschaft wissenschaftler wohnung wohnungen zahlen zeitung \
    zinsen zoll zölle zug züge zulieferer zukunft zusammenarbeit \
    accord accident accusé achat action actionnaire administration aéroport affaire agence agriculteurs aide armée arrêt article association attaque autorités avion avocat \
    baisse banque bateau bénéfice besoin blé bourse budget campagne candidat carburant centre chaîne chantier chef chercheur chercheurs chiffre chômage climat coalition \
    commerce commission communauté concurrence conseil constructeur consommateurs contrat contrôle cour croissance culture débat décision défense député députés dette \
    directeur données douane droit droite eau école économie énergie élections élus émissions emploi enquête entreprises équipe espace état éducation exportation exportations \
    facture femmes festival feu film fondateur fondateurs fonds force forces foot frontière gauche gaz gendarmes grève groupe habitants hausse hôpital image images immobilier impôt impôts \
    incendie industrie inflation informations infrastructures intelligence artificielle intérieur investissement investisseurs joueur joueurs journal juge juges justice kilomètres laboratoire \
    lancement leader liberté licence licences ligne livre logement lois maire maison majorité malade manifestation manifestants marché marine match médias médecin membre métaux \
    mesure mesures météo migrants militaire militaires mine missiles modèle mondial mort morts musée négociations nucléaire numérique offre ordre opération opposition pain paix palais \
    parlement parti partis patron patrons pays pêche pêcheurs pénurie permis personnes pétrole plainte plan plateforme plateformes port président presse prison prix procès procureur production \
    produits programme projet propriétaire protection province public puce puces quai région réforme règle règles regime rentrée réseau responsable réunion risque route salaires salariés santé sanctions \
    science sécheresse secteur sécurité semaine semi-conducteurs sénat service services société soldats sommet stade sport subvention syndicats système taux taxe taxes technologie \
    terrain terres territoire texte tempête touristes tour trafic train trains traité transport travail tribunal turbines usine usines vague vente ventes victime victimes village violences \
    visite voiture voitures vol vote voyage zone \
    acuerdo aeropuerto agua alcalde aranceles armas ataque autoridades ayuda banco barco bolsa cambio campaña cárcel caso central clima comercio comisión congreso corte crecimiento crisis datos \
    defensa delito deuda dinero diputado diputados economía ejército elección embajada empleo empresas energía equipo escuela estado estudio exportación exportaciones fábrica familia fiscal fiscalía fondo \
    frontera fuerzas fútbol gas gobernador grupo guerra historia huelga incendio industria inflación informe inteligencia artificial internacional inversión inversores investigación investigadores jefe \
    juez jugador juicio justicia laboratorio lluvia líder maestros mercado mes migrantes militares ministerio ministro misiles muerte mujeres mundial nacional negociaciones niños oposición partido partidos paz periodista \
    personas petróleo plan población policía política precio precios presidenta presupuesto problema proceso producción programa protesta proyecto puerto red reforma región reunión salud seguridad senado \
    servicio sistema sociedad soldados sueldo tasa tecnología terremoto trabajadores trabajo tratado tribunal universidad vacuna venta ventas víctima víctimas violencia votos vuelo \
    администрация акции акция армия арест аэропорт банк банка безопасности бизнес боев бюджет валюта ввел ведомство власти военные военных война войны выборы газ глава глав главы госдума губернатор граница границы дело дела \
    депутат депутаты деньги договор дом дроны женщина жители завод заводе закон закона запуск здоровья земли инвестиции интернет интеллекта искусственного истории качество комиссии компании компаний конфликт корабль кризис курс \
    лидер люди людей матч медицина меры министерство министра мир мира международный мнение молодежь население народ нефть нефти общества объявил оборона обороны обвинение оружие отношения партия партии переговоры переговоров план погиб погибли пожар пожара полиция полиции помощь \
    порт поставки права правительства правительство предприятие президента производство производства проект проекта район района ракеты рассказал регион региона региона результате решение рост рынок рынка самолет санкции сборная сотрудники сообщил система ситуация служба совет соглашение спорт \
    станция стране стран студенты сторона суда суде технологии торговли транспорт удар удары университет ученые участники ущерб фильм финансы фонд форум футбол центр цены цен человека число чиновник школа экономика экономики экспорт экспорта эксперт энергии";

/// Places that are in the news every day and are not in the alias list.
pub const PLACES: &str = "alabama alaska arizona arkansas colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky \
    louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania \
    tennessee utah vermont virginia wisconsin wyoming chicago houston boston atlanta miami seattle dallas denver detroit philadelphia francisco angeles \
    ontario quebec toronto vancouver ottawa montreal sydney melbourne scotland wales england ireland dublin glasgow manchester liverpool birmingham \
    africa african asia asian atlantic pacific arctic mediterranean balkans caribbean middle gulf gaza syria iraq afghanistan pakistan egypt lebanon \
    libya sudan yemen nigeria kenya ethiopia congo venezuela colombia argentina chile peru cuba haiti greece hungary romania serbia austria sweden \
    norway finland denmark portugal czech slovakia bulgaria croatia indonesia philippines thailand bangladesh korea nepal \
    sachsen bayern berlin brandenburg hessen thüringen niedersachsen nordrhein westfalen hamburg bremen saarland rheinland pfalz schleswig holstein mecklenburg \
    vorpommern württemberg baden anhalt köln münchen frankfurt stuttgart düsseldorf leipzig dresden hannover nürnberg dortmund essen duisburg rhein elbe ostsee nordsee \
    österreich wien zürich bern basel asien afrika nahost syrien irak griechenland ungarn österreichisch tschechien dänemark schweden norwegen finnland \
    lyon marseille toulouse nantes lille bordeaux strasbourg rennes nice bretagne normandie provence corse afrique asie grèce hongrie autriche suède syrie algérie maroc tunisie \
    madrid barcelona valencia sevilla andalucía cataluña galicia bogotá lima santiago caracas habana áfrica asia \
    сибирь крым донецк луганск херсон харьков одесса киев петербург урал краснодар белгород курск";

/// Verbs and adjectives of reports, which say that something happened and not what.
pub const VERBS: &str = "model models company companies bills \
    abgelehnt angekündigt arbeitet aufgefordert äußert äußerte bauen begann beginnt begründet bekannt bekommt beschließt beschlossen bestätigt besuchen betroffen \
    bietet bleibt brauchen braucht bringt droht enttäuscht entscheidet erhalten erhält erhöht erklärt erklärte ermittelt erreicht erwartet erwarten fehlen fehlende \
    festgenommen feiert finden findet folgt fordert fordern führt führenden geben gefordert gefunden gegründet geht geplant gestartet gestiegen gestorben gewinnt gibt \
    gilt groß große großen größte hält helfen heißt hoch hohe höher hofft investiert kaufen kauft klagt kleine kommen kommt kritisiert kündigt lange legt lehnt leitet liegt \
    lässt macht meldet melden nennt nimmt öffnet plant planen prüft rät reagiert reagieren rechnet rund sagen sagt schlägt schließt schützen sieht sinkt sinken spricht \
    stärker startet starten steht steigt steigen steigende stellt sterben stimmt stirbt stoppt streicht sucht suchen teilt trifft treten tritt übernimmt unterstützt \
    verbietet verhandelt verkauft verkaufen verklagt verletzt verlässt verliert veröffentlicht verschärft verschiebt verspricht versucht verteidigt verurteilt \
    verzichtet vorgestellt wächst wählt warnt warnen wartet wechselt weist wenige wichtig wichtige will wirft wollen zahlt zeigt zeigen zieht zurück zweite \
    accepte accuse adopte adopté annonce annoncé appelle approuve arrêté attend augmente baisse bloque change commence condamné confirme continue craint crée déclare \
    défend demande dénonce deux devant devient donne dépasse doit éviter examine explique face ferme gagne grand grande grands interdit investit lance lancé manque menace meurt \
    montre nomme nouveau nouveaux nouvel nouvelle nouvelles obtient ouvre pourrait poursuit premier première premiers présente prépare prévoit produit promet propose protège \
    publie réclame reçoit recommande redoute refuse rejette remporte renonce reporte répond reprend réunit révèle séduit soutient suspend tente tient trouve tué vend veut visite vise \
    acusa acuerda advierte alcanza amenaza anuncia aprueba aumenta baja bloquea busca cae cierra confirma crece da decide defiende denuncia detiene dice exige gana gran grandes impulsa \
    investiga lanza llama llega mata mejor muere niega nueva nuevas nuevo nuevos ofrece pide pierde plantea podría presenta primer primera prohíbe promete propone rechaza reclama recibe sube \
    suspende vende будут ввели введет выросли вырос заявила заявил заявили назвал назвали начал начали новая новой новую новые новый новых отказался погибли получил получили потребовал предложил принял провел \
    решил решили сказал снизился состоится стала стали стал сообщает сообщила сообщили увеличил увеличили";

/// Words of scripts without spaces, in simplified characters; every pair of neighbouring characters counts.
pub const UNSPACED: &str = "中国 美国 日本 韩国 政府 企业 公司 市场 经济 发展 技术 科技 国家 国际 人民 社会 问题 工作 合作 报道 记者 发布 表示 发言人 外交部 商务部 部门 有关 相关 \
    进行 继续 实施 支持 加强 推动 推进 提高 增长 同比 环比 下降 上涨 数据 显示 公布 公告 消息 消息人士 分析 分析人士 专家 业内人士 认为 指出 介绍 强调 出口 进口 贸易 关税 管制 限制 规定 \
    办法 政策 措施 许可 申请 经营者 投资 融资 银行 资金 股市 股价 基金 债券 利率 汇率 人民币 美元 亿元 万元 产业 行业 制造 生产 工厂 产品 供应链 半导体 芯片 集成电路 人工智能 模型 研究人员 研究 \
    创始人 科学家 大学 学生 教育 学校 医院 医疗 疫情 疫苗 卫生 安全 军事 国防 军队 导弹 战争 冲突 会谈 会议 峰会 访问 总统 总理 主席 部长 议会 选举 法院 法律 警方 调查 逮捕 事故 死亡 受伤 \
    地震 台风 暴雨 天气 环境 能源 石油 天然气 电力 汽车 新能源 电动汽车 交通 铁路 航空 机场 旅游 游客 景区 出行 假期 春节 楼市 住房 房地产 城市 地区 农业 农村 粮食 体育 比赛 冠军 文化 电影 网络 平台 \
    用户 手机 互联网 信息 情况 方面 目前 近日 今年 去年 此前 昨日 今日 有限公司 负责人 工业 企业家 稀土 物项 矿产 海关 国内 国外 全球 世界 美方 中方 双方 关系 正常 交流 要求 建议 避免 \
    政府は 首相 大統領 外相 会談 会見 発表 検討 方針 規制 輸出 輸入 許可 企業 会社 社長 市場 株価 経済 円安 金融 日銀 投資 事業 開発 研究者 技術 工場 製造 装置 部品 半導体装置 電気自動車 \
    自動車 事件 事故 容疑者 逮捕 警察 裁判 地裁 死亡 地震 台風 大雨 気象庁 選挙 国会 議員 自民党 知事 市長 大学 学校 教育 医療 病院 感染 原発 電力 鉄道 観光 空港 運航 試合 優勝 監督 選手 関係者 \
    報じた 明らか 分かった 懸念 強化 拡大 追加 影響 可能性 見通し 対策 支援 共同 国内 海外 中国当局 当局 政権 防衛 ミサイル 戦争 停戦 攻撃 人工知能";
