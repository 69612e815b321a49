//! Canned responses: texts that agents keep for answers they give often, with fields to fill in.
//!
//! Owns the fields and where they stand in a text. Clients get the text with its fields and fill them in
//! when an agent picks it.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{CannedResponseId, Timestamp, User, UserId};

/// A saved text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannedResponse {
    /// Given by the database.
    pub id: CannedResponseId,
    /// By which agents find it.
    pub shortcut: String,
    /// Plain text.
    pub title: String,
    /// Plain text with line breaks and fields.
    pub body: String,
    /// Whose alone it is; `None` when all agents share it.
    pub owner: Option<UserId>,
    /// Who made it.
    pub author: User,
    /// When it was saved last.
    pub updated_at: Timestamp,
}

/// What a text may leave open, written `{{customer.name}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
pub enum Field {
    /// The name of the ticket's requester.
    #[strum(serialize = "customer.name")]
    CustomerName,
    /// The name of the agent who answers.
    #[strum(serialize = "agent.name")]
    AgentName,
    /// The ticket's number.
    #[strum(serialize = "ticket.id")]
    TicketId,
    /// The ticket's subject.
    #[strum(serialize = "ticket.subject")]
    TicketSubject,
}

impl Field {
    /// What stands between the braces.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// There is no field of that name.
    Unknown(String),
    /// `{{` is never closed; gives what follows it.
    Unclosed(String),
}

/// Characters of a text that an error quotes.
const QUOTED: usize = 30;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// As it is.
    Text(&'a str),
    /// To be filled in.
    Field(Field),
}

/// Takes a text apart.
///
/// # Errors
/// The first field that is none.
pub fn parts(text: &str) -> Result<Vec<Part<'_>>, FieldError> {
    let quoted = |text: &str| text.chars().take(QUOTED).collect::<String>();
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let name = behind.split_once("}}");
        let Some((name, after)) = name.filter(|(name, _)| !name.contains("{{")) else {
            return Err(FieldError::Unclosed(quoted(behind)));
        };
        let field = name.trim().parse().map_err(|_| FieldError::Unknown(quoted(name.trim())))?;
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(Part::Field(field));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_field_is_named() {
        let unknown = |name: &str| Err(FieldError::Unknown(name.to_owned()));
        let unclosed = |rest: &str| Err(FieldError::Unclosed(rest.to_owned()));
        assert_eq!(parts("{{customer.email}}"), unknown("customer.email"));
        assert_eq!(parts("{{}}"), unknown(""));
        assert_eq!(parts("{{Customer.Name}}"), unknown("Customer.Name"));
        assert_eq!(parts("hi {{customer.name"), unclosed("customer.name"));
        assert_eq!(parts("{{customer.name} x {{agent.name}}"), unclosed("customer.name} x {{agent.name}"));
        assert_eq!(parts(&format!("{{{{{}}}}}", "x".repeat(500))), unknown(&"x".repeat(QUOTED)));
    }

    #[test]
    fn every_field_has_a_name_of_its_own() {
        for field in Field::VARIANTS {
            assert_eq!(field.as_str().parse().as_ref(), Ok(field));
        }
    }

    proptest! {
        #[test]
        fn the_parts_of_a_text_make_it_up_again(text in "([a-z{} \\n]|\\{\\{agent\\.name\\}\\}){0,20}") {
            if let Ok(parts) = parts(&text) {
                let again: String = parts.iter().map(|part| match part {
                    Part::Text(text) => (*text).to_owned(),
                    Part::Field(field) => format!("{{{{{}}}}}", field.as_str()),
                }).collect();
                prop_assert_eq!(again, text);
            }
        }
    }
}
