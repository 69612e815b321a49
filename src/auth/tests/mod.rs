//! Tests of tokens that are accepted, and of each kind that is refused.

mod hostile;
mod keys;
mod sessions;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::domain::{Role, Secret, Timestamp, UserId};

const SECRET: &str = "a secret of thirty-two bytes, or more";
/// Time of verification: half a second past a whole second.
const NOW: Timestamp = Timestamp(1_800_000_000_500);
const NOW_SECONDS: i64 = 1_800_000_000;

fn secret() -> TokenKeys {
    TokenKeys::Secret(Secret::new(SECRET))
}

fn verifier() -> Verifier {
    Verifier::new(&secret(), ClaimNames::default(), None).unwrap()
}

/// Sound claims, changed by `changes`; a change to null takes the claim away.
fn claims(changes: Value) -> Value {
    let mut claims = json!({"sub": "u1", "name": "Ada", "role": "agent", "exp": NOW_SECONDS + 60});
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn verify(changes: Value) -> Result<Identity, TokenError> {
    verifier().verify(&hs256(&claims(changes)), NOW)
}

fn invalid(result: Result<Identity, TokenError>) -> bool {
    matches!(result, Err(TokenError::Invalid(_)))
}

#[test]
fn a_sound_token_says_who_holds_it() {
    let identity = verify(json!({"email": " ada@example.org ", "iat": NOW_SECONDS - 5})).unwrap();
    assert_eq!(identity.user.id.as_str(), "u1");
    assert_eq!(identity.user.name, "Ada");
    assert_eq!(identity.user.role, Role::Agent);
    assert_eq!(identity.email.as_deref(), Some("ada@example.org"));
    assert_eq!(identity.issued_at, Timestamp((NOW_SECONDS - 5) * 1_000));
    assert_eq!(identity.expires_at, Timestamp((NOW_SECONDS + 60) * 1_000));
}

#[test]
fn what_a_token_need_not_say_has_a_default() {
    let identity = verify(json!({"name": null, "role": null})).unwrap();
    assert_eq!((identity.user.name.as_str(), identity.user.role), ("u1", Role::Customer));
    assert_eq!((identity.email, identity.issued_at), (None, Timestamp(0)));
}

#[test]
fn a_numeric_id_becomes_a_string() {
    assert_eq!(verify(json!({"sub": 42})).unwrap().user.id.as_str(), "42");
    assert_eq!(verify(json!({"sub": u64::MAX})).unwrap().user.id.as_str(), "18446744073709551615");
}

#[test]
fn a_name_is_plain_text_of_at_most_a_hundred_characters() {
    assert_eq!(verify(json!({"name": " <b>Ada</b>\u{202e}\nL "})).unwrap().user.name, "Ada L");
    assert_eq!(verify(json!({"name": "x".repeat(500)})).unwrap().user.name.len(), 100);
    for unusable in [json!(""), json!("<b></b>"), json!(7), json!(["x"])] {
        assert_eq!(verify(json!({"name": unusable})).unwrap().user.name, "u1");
    }
}

#[test]
fn times_may_have_fractions_and_never_wrap() {
    assert_eq!(
        verify(json!({"exp": NOW_SECONDS as f64 + 0.75})).unwrap().expires_at,
        Timestamp(1_800_000_000_750)
    );
    let last = Timestamp(253_402_300_799_999);
    for absurd in [json!(i64::MAX), json!(u64::MAX), json!(1e300)] {
        assert_eq!(verify(json!({"exp": absurd})).unwrap().expires_at, last);
    }
    assert_eq!(
        verify(json!({"exp": NOW_SECONDS as f64 + 0.5})),
        Err(TokenError::Expired),
        "to the millisecond"
    );
    assert_eq!(verify(json!({"exp": i64::MIN})), Err(TokenError::Expired));
    assert_eq!(verify(json!({"nbf": NOW_SECONDS})).map(|i| i.user.name), Ok("Ada".into()));
}

#[test]
fn claims_go_by_the_configured_names() {
    let names =
        ClaimNames { id: "userId".into(), name: "displayName".into(), role: "https://x.example/role".into() };
    let verifier = Verifier::new(&secret(), names, None).unwrap();
    let token =
        hs256(&json!({"sub": "ignored", "userId": 7, "displayName": "Bo", "https://x.example/role": "admin",
                              "exp": NOW_SECONDS + 1}));
    let user = verifier.verify(&token, NOW).unwrap().user;
    assert_eq!((user.id.as_str(), user.name.as_str(), user.role), ("7", "Bo", Role::Admin));
    assert!(invalid(verifier.verify(&hs256(&claims(json!({}))), NOW)), "a sub is not the id there");
    let nameless = ClaimNames { id: String::new(), ..ClaimNames::default() };
    assert_eq!(Verifier::new(&secret(), nameless, None).err(), Some(AuthSetupError::EmptyClaimName("id")));
}

#[test]
fn an_audience_is_demanded_where_configured_and_refused_where_not() {
    let ours = Verifier::new(&secret(), ClaimNames::default(), Some("deskwire".into())).unwrap();
    for (aud, with, without) in [
        (json!("deskwire"), true, false),
        (json!(["other", "deskwire"]), true, false),
        (json!("other"), false, false),
        (json!(["other"]), false, false),
        (json!([]), false, false),
        (json!(7), false, false),
        (Value::Null, false, true),
    ] {
        let token = hs256(&claims(json!({"aud": aud})));
        assert_eq!(ours.verify(&token, NOW).is_ok(), with, "{aud}");
        assert_eq!(verifier().verify(&token, NOW).is_ok(), without, "{aud}");
    }
}

#[test]
fn our_own_tokens_pass_under_the_same_settings() {
    let names = ClaimNames { id: "userId".into(), ..ClaimNames::default() };
    let audience = Some("deskwire".to_owned());
    let verifier = Verifier::new(&secret(), names.clone(), audience.clone()).unwrap();
    let signer = Signer::hs256(&Secret::new(SECRET), names, audience);
    let id = UserId::new("ada").unwrap();
    let token = signer.sign(&id, Some("Ada"), Role::Admin, Duration::from_secs(60), NOW).unwrap();
    let identity = verifier.verify(&token, NOW).unwrap();
    assert_eq!(identity.user, crate::domain::User { id: id.clone(), name: "Ada".into(), role: Role::Admin });
    assert_eq!(identity.issued_at, Timestamp(NOW_SECONDS * 1_000));
    assert_eq!(verifier.verify(&token, Timestamp((NOW_SECONDS + 60) * 1_000)), Err(TokenError::Expired));
    let for_ever = signer.sign(&id, None, Role::Customer, Duration::MAX, NOW).unwrap();
    assert_eq!(verifier.verify(&for_ever, NOW).unwrap().user.name, "ada");
}

#[test]
fn generated_secrets_are_long_and_differ() {
    let (a, b) = (generate_secret(), generate_secret());
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(&a).unwrap().len(), 32);
    assert_ne!(a, b);
}

#[test]
fn neither_words_nor_debug_show_a_token_or_a_key() {
    let token = hs256(&claims(json!({"role": "root"})));
    let error = verifier().verify(&token, NOW).unwrap_err();
    assert_eq!(error.to_string(), "the token is not valid here");
    assert_eq!(error.reason(), "an unknown role");
    assert_eq!(format!("{:?}", verifier()), "Verifier { algorithms: [HS256], .. }");
    assert!(!format!("{:?}", secret()).contains("secret of"));
}
