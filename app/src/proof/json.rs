//! JSON in one form only: as RFC 8785 (JCS) writes it, with whole numbers and names in ASCII. A text that reads and is written
//! again the same has not a byte, a white space or an order that somebody could have changed unseen.

use std::collections::BTreeMap;
use std::fmt;
use std::str::Chars;

/// How deep values may nest: no document needs more, and reading one must not exhaust the stack.
const DEPTH: usize = 16;
/// Whole numbers up to here are the same in every JSON library.
const LARGEST: i64 = (1 << 53) - 1;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number, at most 2^53 - 1 either way.
    Number(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object: its names in order.
    Object(BTreeMap<String, Value>),
}

/// The text is not JSON, or not of this form. Tells at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub usize);

impl Value {
    /// A string.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An object of these members.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// An array of strings.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The member of that name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// The first of an array.
    #[must_use]
    pub fn first(&self) -> Option<&Self> {
        self.as_list()?.first()
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Yes or no, if it is that.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The array, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// Reads JSON: members in any order, white space between, but no name twice, no fraction, nothing after it.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut reader = Reader { text, rest: text.chars() };
        let value = reader.value(DEPTH).and_then(|value| reader.at_end().then_some(value));
        value.ok_or(Malformed(text.len() - reader.rest.as_str().len()))
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: Chars<'t>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.rest.next();
        }
        there
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        word.chars().all(|c| self.takes(c)).then_some(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.rest.next();
        }
    }

    fn at_end(&mut self) -> bool {
        self.space();
        self.peek().is_none()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.space();
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            'n' => self.word("null", Value::Null),
            't' => self.word("true", Value::Bool(true)),
            'f' => self.word("false", Value::Bool(false)),
            '"' => self.string().map(Value::Text),
            '[' => self.list(depth),
            '{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.takes('[');
        let mut list = Vec::new();
        self.space();
        if self.takes(']') {
            return Some(Value::List(list));
        }
        loop {
            list.push(self.value(depth)?);
            self.space();
            if self.takes(']') {
                return Some(Value::List(list));
            }
            self.takes(',').then_some(())?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.takes('{');
        let mut members = BTreeMap::new();
        self.space();
        if self.takes('}') {
            return Some(Value::Object(members));
        }
        loop {
            self.space();
            let name = self.string().filter(|name| name.is_ascii())?;
            self.space();
            self.takes(':').then_some(())?;
            let value = self.value(depth)?;
            if members.insert(name, value).is_some() {
                return None;
            }
            self.space();
            if self.takes('}') {
                return Some(Value::Object(members));
            }
            self.takes(',').then_some(())?;
        }
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.rest.as_str();
        self.takes('-');
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.rest.next();
        }
        let digits = &start[..start.len() - self.rest.as_str().len()];
        let number: i64 = digits.parse().ok()?;
        // One way to write it: no leading zero, no minus zero.
        (number.to_string() == digits && number.abs() <= LARGEST).then_some(Value::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        self.takes('"').then_some(())?;
        let mut string = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(string),
                '\\' => string.push(self.escaped()?),
                '\0'..='\x1f' => return None,
                plain => string.push(plain),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                if (0xd800..0xdc00).contains(&first) {
                    let pair = self.takes('\\') && self.takes('u');
                    let second = pair.then(|| self.unit())??;
                    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?
                } else {
                    char::from_u32(first)?
                }
            }
            itself @ ('"' | '\\' | '/') => itself,
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let at = self.text.len() - self.rest.as_str().len();
        let digits = self.text.get(at..at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.rest = self.text[at + 4..].chars();
        u32::from_str_radix(digits, 16).ok()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(true) => f.write_str("true"),
            Self::Bool(false) => f.write_str("false"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write_string(f, text),
            Self::List(list) => {
                f.write_str("[")?;
                for (i, value) in list.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (i, (name, value)) in members.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    write_string(f, name)?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// RFC 8785, section 3.2.2.2.
fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        f.write_str(&rest[..at])?;
        match rest.as_bytes()[at] {
            b'"' => f.write_str("\\\"")?,
            b'\\' => f.write_str("\\\\")?,
            0x08 => f.write_str("\\b")?,
            b'\t' => f.write_str("\\t")?,
            b'\n' => f.write_str("\\n")?,
            0x0c => f.write_str("\\f")?,
            b'\r' => f.write_str("\\r")?,
            other => write!(f, "\\u{other:04x}")?,
        }
        rest = &rest[at + 1..];
    }
    f.write_str(rest)?;
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-LARGEST..=LARGEST).prop_map(Value::Number),
            any::<String>().prop_map(Value::Text),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let names = "[ -~\\x00-\\x1f]{0,6}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::btree_map(names, inner, 0..6).prop_map(Value::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same_here_and_elsewhere(value in values()) {
            let text = value.to_string();
            prop_assert_eq!(Value::parse(&text), Ok(value));
            let elsewhere: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            // serde_json sorts names and escapes as RFC 8785 does.
            prop_assert_eq!(elsewhere.to_string(), text);
        }

        #[test]
        fn what_is_no_json_is_refused_and_never_panics(text in any::<String>(), cut in any::<prop::sample::Index>()) {
            drop(Value::parse(&text));
            let whole = Value::List(vec![Value::text(&text)]).to_string();
            let mut at = cut.index(whole.len());
            while !whole.is_char_boundary(at) {
                at -= 1;
            }
            prop_assert!(Value::parse(&whole[..at]).is_err());
        }
    }

    #[test]
    fn one_form_is_read_and_all_others_tell_where() {
        assert_eq!(Value::parse(" {\"b\": 1 , \"a\":[]}").map(|v| v.to_string()), Ok(r#"{"a":[],"b":1}"#.to_owned()));
        assert_eq!(Value::parse(r#""\ud83d\ude00\u4e2d\/""#), Ok(Value::text("😀中/")));
        for (text, at) in [("", 0), ("{}x", 2), ("[1.5]", 2), ("[01]", 3), ("{\"a\":1,\"a\":2}", 12), ("nul", 3)] {
            assert_eq!(Value::parse(text), Err(Malformed(at)), "{text}");
        }
        for text in ["-0", "1e3", "9007199254740992", "\"\\ud83d\"", "\"\\u+123\"", "\"\n\"", "{\"中\":1}", "[1,]"] {
            assert!(Value::parse(text).is_err(), "{text}");
        }
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
