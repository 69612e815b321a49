//! Who is notified of a message: everyone concerned who does not see it come anyway, and whoever it
//! mentions.
//!
//! Pure: from people to notices. Owns who is spared: the sender, who is in the room, who muted the ticket,
//! and whoever does not see the message's stream.

use std::collections::HashMap;

use super::{
    facts::{Person, Staff, TicketState},
    input::{NewMessage, NewTicket},
};
use crate::domain::{NotificationId, NotificationKind, Relation, Stream, User, UserId};

/// A notification to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// The place of the message among the planned ones.
    pub(super) message: usize,
    /// Given after planning, when it is known how many are needed.
    pub(super) id: NotificationId,
    pub(super) user: UserId,
    pub(super) kind: NotificationKind,
    /// They see it as staff alone.
    pub(super) for_staff: bool,
}

/// Whether a message may concern anyone who does not see it come anyway: if not, nobody has to be looked
/// up.
pub(super) fn may_concern(new: &NewMessage, state: &TicketState) -> bool {
    let is_elsewhere =
        |id: &str| id != new.sender.id.as_str() && !new.present.iter().any(|present| present.as_str() == id);
    state.has_participants
        || !new.mentions.is_empty()
        || is_elsewhere(&state.requester)
        || state.assignee.as_deref().is_some_and(is_elsewhere)
}

/// Those whom the first message of a new ticket may concern.
pub(super) fn people_of(new: &NewTicket, users: &HashMap<UserId, User>) -> Vec<Person> {
    let requester = (&new.requester, Relation::Requester);
    let others = new.participants.iter().filter(|id| **id != new.requester);
    std::iter::once(requester)
        .chain(others.map(|id| (id, Relation::Participant)))
        .filter_map(|(id, relation)| Some(Person { user: users.get(id)?.clone(), relation, muted: false }))
        .collect()
}

/// The notices of a message, each user's once.
pub(super) fn notices(message: usize, new: &NewMessage, people: &[Person], staff: &Staff) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    let mut give = |user: &User, relation: Relation, kind| {
        let known = notices.iter().any(|notice| notice.user == user.id);
        if known || user.id == new.sender.id || !sees(user, relation, new.stream) {
            return;
        }
        let for_staff = new.stream == Stream::Internal || relation == Relation::Stranger;
        notices.push(Notice { message, id: NotificationId(0), user: user.id.clone(), kind, for_staff });
    };
    for text in &new.mentions {
        for (user, relation) in mentioned(text, people, staff) {
            give(user, relation, NotificationKind::Mention);
        }
    }
    for person in people {
        if !person.muted && !new.present.contains(&person.user.id) {
            give(&person.user, person.relation, NotificationKind::NewMessage);
        }
    }
    notices
}

fn sees(user: &User, relation: Relation, stream: Stream) -> bool {
    user.viewer().sees(relation, stream)
}

/// Whose id a text is or, if it is nobody's, whose name; of those in the ticket and all agents.
fn mentioned<'a>(text: &str, people: &'a [Person], staff: &'a Staff) -> Vec<(&'a User, Relation)> {
    let is_meant = |user: &User| user.id.as_str() == text || user.name == text;
    let here = people.iter().map(|person| (&person.user, person.relation));
    let agents = staff.get(text).into_iter().flatten();
    let elsewhere = agents.filter(|user| people.iter().all(|person| person.user.id != user.id));
    let mut meant: Vec<(&User, Relation)> = here
        .filter(|(user, _)| is_meant(user))
        .chain(elsewhere.map(|user| (user, Relation::Stranger)))
        .collect();
    if meant.iter().any(|(user, _)| user.id.as_str() == text) {
        meant.retain(|(user, _)| user.id.as_str() == text);
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Position, Role, TicketId, TicketStatus},
        guard::{Digest, DigestKey, Sanitised},
    };

    fn user(id: &str, role: Role) -> User {
        User { id: UserId::new(id).unwrap(), name: format!("The {id}"), role }
    }

    fn person(id: &str, role: Role, relation: Relation) -> Person {
        Person { user: user(id, role), relation, muted: false }
    }

    fn people() -> Vec<Person> {
        vec![
            person("ada", Role::Customer, Relation::Requester),
            Person { muted: true, ..person("bob", Role::Customer, Relation::Participant) },
            person("amy", Role::Agent, Relation::Participant),
            person("ann", Role::Agent, Relation::Stranger),
            // Was an agent when the ticket was assigned.
            person("max", Role::Customer, Relation::Stranger),
        ]
    }

    fn staff() -> Staff {
        let uma = user("uma", Role::Admin);
        Staff::from([("uma".to_owned(), vec![uma.clone()]), ("The uma".to_owned(), vec![uma])])
    }

    fn message(sender: &str, stream: Stream, present: &[&str], mentions: &[&str]) -> NewMessage {
        NewMessage {
            ticket_id: TicketId(1),
            sender: user(sender, Role::Agent),
            stream,
            body: Sanitised::from_text("x"),
            digest: Digest::new(&DigestKey::derive(b"test")).finish(),
            client_message_id: None,
            reply_to: None,
            attachments: Vec::new(),
            if_position: None,
            present: present.iter().map(|id| UserId::new(id).unwrap()).collect(),
            mentions: mentions.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    fn told(new: &NewMessage) -> Vec<(String, &'static str, bool)> {
        let notices = notices(0, new, &people(), &staff());
        notices.into_iter().map(|it| (it.user.to_string(), it.kind.as_str(), it.for_staff)).collect()
    }

    fn expected(all: &[(&str, &'static str, bool)]) -> Vec<(String, &'static str, bool)> {
        all.iter().map(|&(id, kind, staff)| (id.to_owned(), kind, staff)).collect()
    }

    #[test]
    fn everyone_concerned_is_told_but_for_the_sender_the_present_and_the_muted() {
        let public = message("amy", Stream::Public, &[], &[]);
        assert_eq!(told(&public), expected(&[("ada", "new_message", false), ("ann", "new_message", true)]));
        let present = message("amy", Stream::Public, &["ada", "ann", "amy"], &[]);
        assert_eq!(told(&present), expected(&[]));
    }

    #[test]
    fn a_note_is_for_staff_whoever_is_named() {
        let note = message("root", Stream::Internal, &["amy"], &["ada", "The bob", "max", "The uma"]);
        assert_eq!(told(&note), expected(&[("uma", "mention", true), ("ann", "new_message", true)]));
    }

    #[test]
    fn a_mention_takes_the_place_of_the_message_and_spares_nobody_but_the_sender() {
        let new =
            message("ann", Stream::Public, &["amy"], &["bob", "The amy", "amy", "ann", "max", "nobody"]);
        let all = [("bob", "mention", false), ("amy", "mention", false), ("ada", "new_message", false)];
        assert_eq!(told(&new), expected(&all));
    }

    #[test]
    fn nobody_is_looked_up_where_all_who_are_concerned_are_there() {
        let state = TicketState {
            requester: "ada".to_owned(),
            heads: Position::default(),
            last_message_at: None,
            status: TicketStatus::Open,
            assignee: Some("amy".to_owned()),
            snoozed_until: None,
            reopened_at: None,
            has_participants: false,
            touched: false,
        };
        assert!(!may_concern(&message("amy", Stream::Public, &["ada"], &[]), &state));
        assert!(!may_concern(&message("root", Stream::Public, &["ada", "amy"], &[]), &state));
        assert!(may_concern(&message("amy", Stream::Public, &["amy"], &[]), &state));
        assert!(may_concern(&message("ada", Stream::Public, &["ada"], &[]), &state));
        assert!(may_concern(&message("amy", Stream::Public, &["ada"], &["uma"]), &state));
        let crowd = TicketState { has_participants: true, ..state };
        assert!(may_concern(&message("amy", Stream::Public, &["ada"], &[]), &crowd));
    }
}
