//! Tests of public keys and key sets. The private keys below exist for these tests only.

use jsonwebtoken::jwk::Jwk;

use super::*;

fn with(keys: TokenKeys) -> Result<Verifier, AuthSetupError> {
    Verifier::new(&keys, ClaimNames::default(), None)
}

fn pem(text: &str) -> Result<Verifier, AuthSetupError> {
    with(TokenKeys::PublicKeyPem(text.into()))
}

fn jwks(keys: Value) -> Result<Verifier, AuthSetupError> {
    with(TokenKeys::Jwks(json!({ "keys": keys }).to_string().into_bytes()))
}

/// Private keys with their algorithms.
fn signers() -> [(Algorithm, EncodingKey); 3] {
    [
        (Algorithm::RS256, EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap()),
        (Algorithm::ES256, EncodingKey::from_ec_pem(EC_PRIVATE.as_bytes()).unwrap()),
        (Algorithm::EdDSA, EncodingKey::from_ed_pem(ED_PRIVATE.as_bytes()).unwrap()),
    ]
}

fn token(algorithm: Algorithm, key: &EncodingKey, kid: Option<&str>) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, &claims(json!({})), key).unwrap()
}

fn jwk(algorithm: Algorithm, key: &EncodingKey, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    serde_json::to_value(jwk).unwrap()
}

#[test]
fn a_public_key_verifies_with_the_algorithm_that_it_is_for() {
    for (public, (algorithm, key)) in [RSA_PUBLIC, EC_PUBLIC, ED_PUBLIC].into_iter().zip(signers()) {
        let verifier = pem(public).unwrap();
        assert_eq!(verifier.verify(&token(algorithm, &key, None), NOW).unwrap().user.id.as_str(), "u1");
        assert!(
            verifier.verify(&token(algorithm, &key, Some("any name")), NOW).is_ok(),
            "there is only one key"
        );
        for (other, key) in signers().into_iter().filter(|(other, _)| *other != algorithm) {
            assert!(invalid(verifier.verify(&token(other, &key, None), NOW)), "{other:?} for {algorithm:?}");
        }
    }
}

#[test]
fn an_rsa_key_is_used_for_one_algorithm_only() {
    let verifier = pem(RSA_PUBLIC).unwrap();
    let [(_, key), ..] = signers();
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384] {
        assert!(invalid(verifier.verify(&token(algorithm, &key, None), NOW)), "{algorithm:?}");
    }
}

#[test]
fn a_key_that_cannot_be_used_is_refused_at_once() {
    assert_eq!(with(TokenKeys::Secret(Secret::new(""))).err(), Some(AuthSetupError::EmptySecret));
    for private in [RSA_PRIVATE, EC_PRIVATE, ED_PRIVATE] {
        assert_eq!(pem(private).err(), Some(AuthSetupError::PrivateKey));
    }
    for unsupported in [RSA_1024_PUBLIC, P384_PUBLIC] {
        assert_eq!(pem(unsupported).err(), Some(AuthSetupError::UnsupportedKey { kid: None }));
    }
    for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
        assert_eq!(pem(text).err(), Some(AuthSetupError::NotAPublicKey));
    }
    let broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    assert_eq!(pem(broken).err(), Some(AuthSetupError::UnsupportedKey { kid: None }));
}

#[test]
fn a_short_secret_is_taken() {
    let short = TokenKeys::Secret(Secret::new("short"));
    assert!(with(short).is_ok());
}

#[test]
fn a_key_set_is_searched_by_kid() {
    let set: Vec<_> =
        signers().iter().zip(["r", "e", "d"]).map(|((alg, key), kid)| jwk(*alg, key, kid)).collect();
    let verifier = jwks(json!(set)).unwrap();
    for ((algorithm, key), kid) in signers().iter().zip(["r", "e", "d"]) {
        assert!(verifier.verify(&token(*algorithm, key, Some(kid)), NOW).is_ok(), "{kid}");
        for wrong in [None, Some("other"), Some("")] {
            assert!(invalid(verifier.verify(&token(*algorithm, key, wrong), NOW)), "{kid} as {wrong:?}");
        }
    }
    let [(algorithm, key), ..] = signers();
    assert!(invalid(verifier.verify(&token(algorithm, &key, Some("e")), NOW)), "another key's name");
}

#[test]
fn a_set_of_one_key_needs_no_kid_in_the_token_and_holds_one_that_is_there() {
    let [(algorithm, key), ..] = signers();
    let verifier = jwks(json!([jwk(algorithm, &key, "r")])).unwrap();
    assert!(verifier.verify(&token(algorithm, &key, None), NOW).is_ok());
    assert!(verifier.verify(&token(algorithm, &key, Some("r")), NOW).is_ok());
    assert!(invalid(verifier.verify(&token(algorithm, &key, Some("x")), NOW)));
}

#[test]
fn a_key_set_takes_no_symmetric_key_and_leaves_out_what_is_for_other_uses() {
    let [(rsa, rsa_key), (ec, ec_key), _] = signers();
    let sound = jwk(rsa, &rsa_key, "r");
    let symmetric = json!({"kty": "oct", "k": "AAAA", "kid": "s", "alg": "HS256"});
    assert_eq!(
        jwks(json!([sound, symmetric])).err(),
        Some(AuthSetupError::SymmetricKey { kid: Some("s".into()) }),
    );
    let mut for_encryption = jwk(ec, &ec_key, "e");
    for_encryption["use"] = json!("enc");
    let mut for_another_algorithm = jwk(rsa, &rsa_key, "p");
    for_another_algorithm["alg"] = json!("PS256");
    let unknown = json!({"kty": "AKP", "kid": "a", "alg": "ML-DSA-44", "pub": "AAAA"});
    let others = [for_encryption, for_another_algorithm, unknown];
    assert_eq!(jwks(json!(others)).err(), Some(AuthSetupError::NoKeys));
    let verifier = jwks(json!([others[0], others[1], others[2], sound])).unwrap();
    assert!(verifier.verify(&token(rsa, &rsa_key, Some("r")), NOW).is_ok());
    assert!(invalid(verifier.verify(&token(ec, &ec_key, Some("e")), NOW)));
}

#[test]
fn a_key_set_that_cannot_be_used_says_why() {
    let [(rsa, rsa_key), (ec, ec_key), _] = signers();
    assert!(matches!(with(TokenKeys::Jwks(b"{}".to_vec())).err(), Some(AuthSetupError::NotAKeySet(_))));
    assert_eq!(jwks(json!([])).err(), Some(AuthSetupError::NoKeys));
    let mut nameless = jwk(ec, &ec_key, "");
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(jwks(json!([jwk(rsa, &rsa_key, "r"), nameless])).err(), Some(AuthSetupError::MissingKid));
    let mut off_the_curve = jwk(ec, &ec_key, "e");
    off_the_curve["y"] = off_the_curve["x"].clone();
    let error = jwks(json!([off_the_curve])).err().unwrap();
    assert_eq!(error.to_string(), "the token key `e` is none of: RSA of 2048 bits or more, P-256, Ed25519",);
}

pub(super) const RSA_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCidcFQ6TB7BRXT
B7+ejcEhzN11+XQtxNUW6h6m7ks3VLZJwn5E1+A1N26WtlC/K1DcBRxJn+QRlqbG
UfH9AKl5zes8nG37AtBhzVE42ih7CljFQJjPPaz/eBfnZPMYW6QyoNaLWOfn8SQK
8kNXKA/x+LRHglzkaK47iMw7UAfTEGOhLtUlRLQklIyIkOaXOtgIBtTgFRowYM5g
LEHoxDrVrKdJVvaHkEhM7JtGqKZmuOpVs2gj0vOdYHkrgvMr636LwgUIz/3DZG2f
n1GTwjxQLXHXkmRiExsWQ7091tZmQ4SzHHJvffoOnmi+1vNbB7pKJZ0Wi37XN7Om
W1C69ZFXAgMBAAECggEABd3HrcLF3+NWnuisOC75Nt29b3mjAtYVNb8dfTyklapm
7LHrulOrQnCuex25O7X2NQOwOk5eP25XtliWKuMfu4i+glFJvWMkICv4T1u9U3gT
rYfAHNemzBDLmCzyhEIm4zcgmCaNNThla0nFObv2G3A2HlDsRskq5XZynX+t0Ka7
lEt8xcDtDg/m98/kpmH/sfL+WomnqK28dRIyzOAux6M1KFndNWo0MXnH7KM+2xrb
3mnc48UWw6lRqbjBcUnjHcwr2ws556yDnfvzc+6hJFITRENooYaZShVaVWSVhfGa
8I+d/BkBsR4PPuD9KnuDC2MJ2Bh6Xt71Oe2TrIpOCQKBgQDch5+4YQLz5lbht/ef
JwsQlxW/maszqbue26SBtZG+I8mzlBQIKvoBk8OwlOONALb62yBPKMhzj6JOwp3I
p+jbezi/Ft7BK/zpHyDWyVKpdVZVXV5lmmjxm8rr+nwX9Jlnahb8X+7ryadaOVCV
aQi/zR1fXBSed1LGvzxkNOtfbwKBgQC8lxc+0PI1LvBDe6QZz9pPpCSYtM6Xd4MK
ismk7nPqyLaRUKejGDqVuhUF6N4WtdGVVpSv+xjwJtSvdm0SfuPs0jIDH2v39tMt
CpL8ZiWuVkzn+Z2/1AasTF+RMinNlfGhusNOZAuyrziuQEQ2TTlIYvPhAanwgl32
6+bgnIr4mQKBgAQsLMF4VG349bvflzfTrUnrEeZGKg8YLwyaa0po/RDz7GURcC+X
YJOXECTPLF8GnG+ypbHZu7E0DoYe+I1LYASHGFPFQwG0q1xd0mk99epu5etHkPmr
KkEoCXbdjmuFnUFvqG+uAP9FGX2DiBrLmfbHEr8zJtC4wUAxbhsXRTzRAoGAY4lj
bXYewE875II3hKAd23cJEcgsWelsMn46G2D3sW2qXlwxfnVlRm1mdy4HOflQ2v9N
jux6pxX3n3xj6SUr62ytlNRayg9uOhGgrrLDJJbMFIu85OhldT8CGcJeKfIADJpk
RtWrDu5Ifj/RQM/Vcg04JwQXy6cjLRYpT1eQSdECgYAjXag+x8QXQw0eQYhFkMJ/
J+bT3Ub9AwISMXDCPXJHGVhsnbx8gVzdb5H69ynNkWm3sPa3NpvQSowDPjGsYv1u
y0tuDIY3+FYS+L3MV6b7iARmyXWv1BfHNA2zJkMojOwKpdwRx0Sf1QZnPEPXmrQU
kKkChKP8QA7revARsDGbUw==
-----END PRIVATE KEY-----
";

pub(super) const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAonXBUOkwewUV0we/no3B
Iczddfl0LcTVFuoepu5LN1S2ScJ+RNfgNTdulrZQvytQ3AUcSZ/kEZamxlHx/QCp
ec3rPJxt+wLQYc1RONooewpYxUCYzz2s/3gX52TzGFukMqDWi1jn5/EkCvJDVygP
8fi0R4Jc5GiuO4jMO1AH0xBjoS7VJUS0JJSMiJDmlzrYCAbU4BUaMGDOYCxB6MQ6
1aynSVb2h5BITOybRqimZrjqVbNoI9LznWB5K4LzK+t+i8IFCM/9w2Rtn59Rk8I8
UC1x15JkYhMbFkO9PdbWZkOEsxxyb336Dp5ovtbzWwe6SiWdFot+1zezpltQuvWR
VwIDAQAB
-----END PUBLIC KEY-----
";

pub(super) const EC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN+ithRD4/jvA9E8p
VmwRWMWCuSI26OizGgV7ljU4svihRANCAAQTHiOckxMq1Tid0utnrgUunYzxnjPp
fnpEWH5R1BZnizt/A47gytGZZ1QrcAyxazsoO3bnLo3EB04lrSegE315
-----END PRIVATE KEY-----
";

pub(super) const EC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEx4jnJMTKtU4ndLrZ64FLp2M8Z4z
6X56RFh+UdQWZ4s7fwOO4MrRmWdUK3AMsWs7KDt25y6NxAdOJa0noBN9eQ==
-----END PUBLIC KEY-----
";

pub(super) const ED_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIBceqvXccufcCdx+NMKqTeW1SopATnvT8pKhJjQn74Ly
-----END PRIVATE KEY-----
";

pub(super) const ED_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAndxVO49Sbu/oNet7IaGbc0y4c9MDbNkuX6kqmhaRnmI=
-----END PUBLIC KEY-----
";

pub(super) const RSA_1024_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQczA4DdBxyYYYvHCtcis8XJb3
73ydloq6mPFhp7XVc3dKQR1zOnFaF5A9bIEVEeLITp+vhOY1NK2TpPjfOiX7zvsH
Sgv1xE+RTLrC04WvPK4qmhL4QxQI9nhvlGdR5FNPUHxLKZNYBVCtFnJKvOyu9uj8
FGMGTBhvduAPc8kiNwIDAQAB
-----END PUBLIC KEY-----
";

pub(super) const P384_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEQUbDMOygerzCduGJYRPbiB00AqnXCPur
hzzcmTfJctcd7WWb0xwyzgnrBySK6YArqI/MsbacSSSZCbnXt5ufn+JSOt+MXYyI
6jH/ig/X+7c+zdowZfI1g5HVR3bU1UWL
-----END PUBLIC KEY-----
";
