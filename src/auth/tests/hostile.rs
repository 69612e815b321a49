//! Tests of forged tokens.

use super::{keys::*, *};

fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(key), Algorithm::HS256)
            .unwrap();
    format!("{message}.{signature}")
}

#[test]
fn claims_that_do_not_hold_are_refused() {
    for changes in [
        json!({"exp": null}),
        json!({"exp": "1900000000"}),
        json!({"exp": true}),
        json!({"exp": [NOW_SECONDS + 60]}),
        json!({"nbf": NOW_SECONDS + 1}),
        json!({"nbf": "soon"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": "x".repeat(129)}),
        json!({"sub": "a\u{0}b"}),
        json!({"sub": 1.5}),
        json!({"sub": true}),
        json!({"sub": {"id": 1}}),
        json!({"role": "root"}),
        json!({"role": "Admin"}),
        json!({"role": ["admin"]}),
        json!({"role": ""}),
        json!({"aud": "anyone"}),
    ] {
        assert!(invalid(verify(changes.clone())), "{changes}");
    }
    assert!(verify(json!({"sub": "é".repeat(128)})).is_ok());
    for past in [json!(NOW_SECONDS), json!(0), json!(-1), json!(NOW_SECONDS as f64 - 0.1)] {
        assert_eq!(verify(json!({"exp": past})), Err(TokenError::Expired), "{past}");
    }
}

#[test]
fn a_token_that_is_no_token_is_refused() {
    let sound = hs256(&claims(json!({})));
    let (message, signature) = sound.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let other = hs256(&claims(json!({"role": "admin"})));
    let other_payload = other.split('.').nth(1).unwrap();
    for token in [
        String::new(),
        "a".into(),
        "a.b".into(),
        "..".into(),
        "é.é.é".into(),
        message.into(),
        format!("{message}."),
        format!("{sound}."),
        format!("{sound}=="),
        format!(" {sound}"),
        format!("{sound}.x"),
        format!("{header}.{other_payload}.{signature}"),
        format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>()),
        format!("{header}..{signature}"),
        signed(&json!({"alg": "HS256"}), &json!(["not", "an", "object"]), SECRET.as_bytes()),
        signed(&json!({"alg": "HS256"}), &json!("text"), SECRET.as_bytes()),
        signed(&json!({"typ": "JWT"}), &claims(json!({})), SECRET.as_bytes()),
        signed(
            &json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
            &claims(json!({})),
            SECRET.as_bytes(),
        ),
    ] {
        assert!(invalid(verifier().verify(&token, NOW)), "{token}");
    }
}

#[test]
fn the_largest_token_is_eight_kibibytes() {
    let padded = |length: usize| hs256(&claims(json!({"x": "x".repeat(length)})));
    assert!(padded(5_900).len() < MAX_TOKEN_BYTES);
    assert!(verifier().verify(&padded(5_900), NOW).is_ok());
    assert_eq!(verifier().verify(&padded(6_200), NOW), Err(TokenError::Invalid("longer than 8 KiB")));
}

#[test]
fn no_algorithm_is_no_signature() {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(claims(json!({})).to_string());
    for alg in ["none", "None", "NONE", "nOnE", "", "HS1"] {
        let header = BASE64_URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
        let (_, signature) =
            hs256(&claims(json!({}))).rsplit_once('.').map(|(a, b)| (a.len(), b.to_owned())).unwrap();
        for token in [
            format!("{header}.{payload}."),
            format!("{header}.{payload}.{signature}"),
            signed(&json!({"alg": alg}), &claims(json!({})), SECRET.as_bytes()),
        ] {
            for keys in [secret(), TokenKeys::PublicKeyPem(RSA_PUBLIC.into())] {
                let verifier = Verifier::new(&keys, ClaimNames::default(), None).unwrap();
                assert!(invalid(verifier.verify(&token, NOW)), "{alg}");
            }
        }
    }
}

#[test]
fn another_key_or_algorithm_is_refused() {
    let claims = claims(json!({}));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let rsa = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    for token in [
        encode(&Header::default(), &claims, &EncodingKey::from_secret(b"another secret")).unwrap(),
        encode(&Header::default(), &claims, &EncodingKey::from_secret(b"")).unwrap(),
        encode(&Header::new(Algorithm::HS384), &claims, &key).unwrap(),
        encode(&Header::new(Algorithm::HS512), &claims, &key).unwrap(),
        encode(&Header::new(Algorithm::RS256), &claims, &rsa).unwrap(),
    ] {
        assert!(invalid(verifier().verify(&token, NOW)), "{token}");
    }
}

#[test]
fn a_public_key_is_no_secret_to_sign_with() {
    for (pem, alg) in [(RSA_PUBLIC, "RS256"), (EC_PUBLIC, "ES256"), (ED_PUBLIC, "EdDSA")] {
        let verifier =
            Verifier::new(&TokenKeys::PublicKeyPem(pem.into()), ClaimNames::default(), None).unwrap();
        for key in [pem.as_bytes(), pem.trim().as_bytes()] {
            for named in ["HS256", alg] {
                let token = signed(&json!({"alg": named}), &claims(json!({})), key);
                assert!(invalid(verifier.verify(&token, NOW)), "{named} with the {alg} key");
            }
        }
    }
}

#[test]
fn a_key_carried_by_the_token_is_not_believed() {
    let rsa = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    let mut header = Header::new(Algorithm::RS256);
    header.jwk = Some(jsonwebtoken::jwk::Jwk::from_encoding_key(&rsa, Algorithm::RS256).unwrap());
    header.jku = Some("https://evil.example/keys".into());
    let token = encode(&header, &claims(json!({})), &rsa).unwrap();
    assert!(invalid(verifier().verify(&token, NOW)));
    let ec = Verifier::new(&TokenKeys::PublicKeyPem(EC_PUBLIC.into()), ClaimNames::default(), None).unwrap();
    assert!(invalid(ec.verify(&token, NOW)));
}
