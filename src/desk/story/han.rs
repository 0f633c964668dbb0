//! Han characters as Japanese writes them, and the simplified Chinese form all spellings are compared in.
//!
//! Traditional forms are the text layer's business ([`crate::text::simplified`]); here are the common forms that
//! only Japanese has, which the layer keeps apart because topics tell the languages apart. A form that is missing
//! stays as it is and costs a little likeness.

/// The simplified form of a character of any spelling; any other character unchanged.
pub fn simplified(c: char) -> char {
    if u32::from(c) < 0x3400 { c } else { from_japanese(crate::text::simplified(c)) }
}

/// The same for a character whose traditional form is folded already.
pub fn from_japanese(c: char) -> char {
    FORMS.binary_search_by_key(&c, |pair| pair.0).map_or(c, |at| FORMS[at].1)
}

/// Japanese and simplified form, by code point.
const FORMS: [(char, char); 73] = [
    ('両', '两'),
    ('亜', '亚'),
    ('仏', '佛'),
    ('価', '价'),
    ('冑', '胄'),
    ('労', '劳'),
    ('団', '团'),
    ('図', '图'),
    ('圧', '压'),
    ('売', '卖'),
    ('変', '变'),
    ('実', '实'),
    ('対', '对'),
    ('帯', '带'),
    ('庁', '厅'),
    ('広', '广'),
    ('応', '应'),
    ('悪', '恶'),
    ('戦', '战'),
    ('扡', '拖'),
    ('択', '择'),
    ('拚', '拼'),
    ('拠', '据'),
    ('挙', '举'),
    ('揹', '背'),
    ('斎', '斋'),
    ('暁', '晓'),
    ('検', '检'),
    ('様', '样'),
    ('権', '权'),
    ('歓', '欢'),
    ('歩', '步'),
    ('歳', '岁'),
    ('気', '气'),
    ('沢', '泽'),
    ('浜', '滨'),
    ('済', '济'),
    ('焼', '烧'),
    ('牠', '它'),
    ('獣', '兽'),
    ('発', '发'),
    ('県', '县'),
    ('硃', '朱'),
    ('竜', '龙'),
    ('経', '经'),
    ('総', '总'),
    ('聴', '听'),
    ('臓', '脏'),
    ('薬', '药'),
    ('衹', '只'),
    ('覚', '觉'),
    ('覧', '览'),
    ('観', '观'),
    ('訳', '译'),
    ('読', '读'),
    ('譲', '让'),
    ('転', '转'),
    ('軽', '轻'),
    ('辺', '边'),
    ('遅', '迟'),
    ('郷', '乡'),
    ('鉄', '铁'),
    ('銭', '钱'),
    ('険', '险'),
    ('隠', '隐'),
    ('雑', '杂'),
    ('霊', '灵'),
    ('頼', '赖'),
    ('顕', '显'),
    ('駅', '驿'),
    ('験', '验'),
    ('黒', '黑'),
    ('黙', '默'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_meet() {
        assert!(FORMS.windows(2).all(|two| two[0].0 < two[1].0));
        let simple = |text: &str| text.chars().map(simplified).collect::<String>();
        assert_eq!(simple("臺灣積體電路製造"), "台湾积体电路制造");
        assert_eq!(simple("関税と経済"), "关税と经济");
        assert_eq!(simple("plain"), "plain");
    }
}
