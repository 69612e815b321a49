//! Checks the shortcut and the text of a canned response.
//!
//! Owns the form of both. Does not know the fields: `domain` lists them.

use std::fmt;

use strum::VariantArray;

use super::{
    plain_text::{TextError, cleaned_lines},
    visible_text::has_visible,
};
use crate::domain::canned::{self, FieldError};

/// Name with which an agent inserts a canned response: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut(String);

impl Shortcut {
    /// Longest shortcut in characters.
    pub const MAX_CHARS: usize = 50;

    /// Accepts 1 to 50 letters, digits, `-` and `_`; `None` for any other text.
    pub fn new(text: &str) -> Option<Self> {
        let sound = !text.is_empty()
            && text.chars().nth(Self::MAX_CHARS).is_none()
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        sound.then(|| Self(text.to_owned()))
    }

    /// Text of the shortcut.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Plain text with its line breaks, in which all fields are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// Reason why a text is not a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// Empty or overlong text.
    Text(TextError),
    /// Unknown or unclosed field.
    Field(FieldError),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(error) => write!(f, "The text {error}."),
            Self::Field(FieldError::Unknown(name)) => {
                let known: Vec<&str> = canned::Field::VARIANTS.iter().map(|it| it.as_str()).collect();
                write!(f, "There is no field {name:?}; there are {}.", known.join(", "))
            }
            Self::Field(FieldError::Unclosed(rest)) => {
                write!(f, "The field {rest:?} is never closed by }}}}.")
            }
        }
    }
}

impl Template {
    /// Checks and cleans a text of at most `max_chars` characters.
    pub fn new(input: &str, max_chars: usize) -> Result<Self, TemplateError> {
        let input = input.trim();
        if input.chars().nth(max_chars).is_some() {
            return Err(TemplateError::Text(TextError::TooLong { max: max_chars }));
        }
        let text = cleaned_lines(input);
        if !has_visible(&text) {
            return Err(TemplateError::Text(TextError::Empty));
        }
        // Checked after cleaning, which removes tags within the braces.
        canned::parts(&text).map_err(TemplateError::Field)?;
        Ok(Self(text))
    }

    /// Text of the template.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(input: &str) -> Result<String, String> {
        let template = Template::new(input, 100).map_err(|error| error.to_string())?;
        Ok(template.as_str().to_owned())
    }

    #[test]
    fn lines_stay_and_markup_goes() {
        for (input, expected) in [
            ("Hello,\n\nbye", "Hello,\n\nbye"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("  a  b \n  c\t d  \n\n", "a b\nc d"),
            ("<b>a\n</b>b", "a\nb"),
            ("a<script>\nx\n</script>b", "ab"),
            ("a<img\nsrc=x>b", "ab"),
            ("1 < 2\n\0\u{202e}3", "1 < 2\n3"),
            ("Dear {{customer.name}}", "Dear {{customer.name}}"),
        ] {
            assert_eq!(template(input).as_deref(), Ok(expected), "{input:?}");
        }
    }

    #[test]
    fn what_is_refused_is_named() {
        for (input, words) in [
            ("", "must not be empty"),
            ("<b></b>\n", "must not be empty"),
            ("{{customer.age}}", "\"customer.age\"; there are customer.name"),
            ("{{customer.name", "never closed"),
        ] {
            let refused = template(input).unwrap_err();
            assert!(refused.contains(words), "{input:?}: {refused}");
        }
        assert!(template(&"x".repeat(101)).unwrap_err().contains("at most 100"));
    }

    #[test]
    fn a_shortcut_is_one_word() {
        for sound in ["a", "hello-2", "grüße_x", &"x".repeat(50)] {
            assert!(Shortcut::new(sound).is_some(), "{sound}");
        }
        for bad in ["", "a b", "/hi", "a.b", "a\n", &"x".repeat(51)] {
            assert!(Shortcut::new(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_template_is_its_own_template(input in "([a-z<>{} \\r\\n\\t\"=/]|\\PC){0,40}") {
            if let Ok(template) = Template::new(&input, 1_000) {
                let text = template.as_str();
                prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
                let again = Template::new(text, 1_000).unwrap();
                prop_assert_eq!(again.as_str(), text);
            }
        }
    }
}
