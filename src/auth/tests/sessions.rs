//! Tests of visitor sessions, and of forgeries with the session key or the issuer's key.

use std::sync::Arc;

use super::{keys::*, *};
use crate::domain::User;

const SESSION_SECRET: &str = "the key of sessions, which nobody has";

fn session_key() -> VisitorSessionKey {
    VisitorSessionKey::new(&Secret::new(SESSION_SECRET))
}

fn taking_sessions(keys: &TokenKeys) -> Verifier {
    Verifier::new(keys, ClaimNames::default(), None).unwrap().with_sessions(Arc::new(session_key()))
}

fn signed(visitor: Visitor, id: &str) -> String {
    let user = User { id: UserId::new(id).unwrap(), name: "Casey".into(), role: Role::Customer };
    session_key()
        .sign(visitor, &user, Some("casey@example.org"), NOW, NOW.after(Duration::from_secs(60)))
        .unwrap()
}

/// Signs any claims with the session key, as a thief of the key could.
fn forged(kid: Option<&str>, secret: &str, changes: Value) -> String {
    let mut claims = json!({
        "aud": "deskwire:session", "sub": "visitor-AAAAAAAAAAAAAAAAAAAAAA", "name": "V", "session": "anonymous",
        "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let header = Header { kid: kid.map(str::to_owned), ..Header::default() };
    encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

const KID: Option<&str> = Some("deskwire.session.v1");

#[test]
fn a_session_is_a_customers_whatever_keys_the_issuer_has() {
    for keys in [secret(), TokenKeys::PublicKeyPem(RSA_PUBLIC.into())] {
        let verifier = taking_sessions(&keys);
        let id = visitor_id().unwrap();
        let identity = verifier.verify(&signed(Visitor::Anonymous, id.as_str()), NOW).unwrap();
        assert_eq!((&identity.user.id, identity.user.role), (&id, Role::Customer));
        assert_eq!(identity.visitor, Some(Visitor::Anonymous));
        assert_eq!(identity.issued_at, Timestamp(NOW_SECONDS * 1_000));
        assert_eq!(identity.email.as_deref(), Some("casey@example.org"));
        let identity = verifier.verify(&signed(Visitor::Identified, "casey"), NOW).unwrap();
        assert_eq!((identity.user.id.as_str(), identity.visitor), ("casey", Some(Visitor::Identified)));
        let late = NOW.after(Duration::from_secs(60));
        assert_eq!(verifier.verify(&signed(Visitor::Identified, "casey"), late), Err(TokenError::Expired));
    }
}

#[test]
fn ids_of_visitors_are_random_and_of_one_form() {
    let (one, two) = (visitor_id().unwrap(), visitor_id().unwrap());
    assert_ne!(one, two);
    assert!(Visitor::Anonymous.may_be(&one) && !Visitor::Identified.may_be(&one));
    for id in [
        "visitor-",
        "visitor-1",
        "visitor-AAAAAAAAAAAAAAAAAAAAAA==",
        "Visitor-AAAAAAAAAAAAAAAAAAAAAA",
        "alex",
    ] {
        assert!(!Visitor::Anonymous.may_be(&UserId::new(id).unwrap()), "{id}");
    }
    assert!(Visitor::Identified.may_be(&UserId::new("alex").unwrap()));
}

#[test]
fn the_key_of_sessions_makes_nobody_but_a_customer() {
    let verifier = taking_sessions(&secret());
    assert!(verifier.verify(&forged(KID, SESSION_SECRET, json!({})), NOW).is_ok());
    for changes in [
        json!({"role": "admin"}),
        json!({"role": "customer"}),
        json!({"sub": "alex"}),
        json!({"sub": "visitor-short"}),
        json!({"sub": 7}),
        json!({"session": "identified"}),
        json!({"session": "agent"}),
        json!({"session": null}),
        json!({"aud": null}),
        json!({"aud": ["deskwire:session"]}),
        json!({"aud": "deskwire"}),
        json!({"iat": null}),
        json!({"exp": null}),
        json!({"exp": "never"}),
    ] {
        assert!(invalid(verifier.verify(&forged(KID, SESSION_SECRET, changes.clone()), NOW)), "{changes}");
    }
    // A role under the issuer's claim name is ignored.
    let names = ClaimNames { role: "access".into(), ..ClaimNames::default() };
    let renamed = Verifier::new(&secret(), names, None).unwrap().with_sessions(Arc::new(session_key()));
    let identity = renamed.verify(&forged(KID, SESSION_SECRET, json!({"access": "admin"})), NOW).unwrap();
    assert_eq!(identity.user.role, Role::Customer);
}

#[test]
fn neither_key_is_ever_tried_for_the_others_tokens() {
    let verifier = taking_sessions(&secret());
    let agent = json!({"aud": null, "sub": "alex", "role": "agent"});
    // Signed with the session key, in the form of an issuer's token: without a `kid`, or with another.
    for kid in [None, Some("other"), Some("deskwire.session.v1 "), Some("DESKWIRE.SESSION.V1")] {
        assert!(invalid(verifier.verify(&forged(kid, SESSION_SECRET, agent.clone()), NOW)), "{kid:?}");
    }
    // Signed with the issuer's key, in the form of a session token.
    assert!(invalid(verifier.verify(&forged(KID, SECRET, agent.clone()), NOW)));
    assert!(invalid(verifier.verify(&forged(KID, SECRET, json!({})), NOW)));
    // An ordinary token of the issuer still passes.
    assert_eq!(verifier.verify(&hs256(&claims(json!({}))), NOW).unwrap().visitor, None);
    assert!(verifier.verify(&forged(Some("mine"), SECRET, agent), NOW).is_ok());
}

#[test]
fn another_algorithm_is_not_taken_for_the_sessions_key() {
    let verifier = taking_sessions(&TokenKeys::PublicKeyPem(RSA_PUBLIC.into()));
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let header = Header { kid: KID.map(str::to_owned), ..Header::new(algorithm) };
        let claims = json!({
            "aud": "deskwire:session", "sub": "visitor-AAAAAAAAAAAAAAAAAAAAAA", "session": "anonymous",
            "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60,
        });
        let token = encode(&header, &claims, &EncodingKey::from_secret(SESSION_SECRET.as_bytes())).unwrap();
        assert!(invalid(verifier.verify(&token, NOW)), "{algorithm:?}");
    }
}

#[test]
fn where_sessions_are_off_their_tokens_are_none() {
    assert!(invalid(verifier().verify(&signed(Visitor::Anonymous, "visitor-AAAAAAAAAAAAAAAAAAAAAA"), NOW)));
    // The tokens stay apart even if both secrets are equal.
    assert!(invalid(verifier().verify(&forged(KID, SECRET, json!({"aud": null, "sub": "alex"})), NOW)));
}

#[test]
fn debug_never_shows_the_key() {
    assert_eq!(format!("{:?}", session_key()), "VisitorSessionKey(…)");
}
