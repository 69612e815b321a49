//! The keys that tokens are verified with, each pinned to one algorithm.
//!
//! Owns the reading of PEM files and JSON Web Key Sets (RFC 7517), and the refusal of keys that would
//! weaken the rest. Does not know where the files are.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Validation, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

use crate::{domain::Secret, guard::crypto::encoding::from_base64_url};

/// What tokens are verified with.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// A secret shared with whoever issues the tokens: HS256. At least 32 bytes are advised (RFC 7518
    /// §3.2); only empty is refused here, for how good a secret must be is for the settings to say.
    Secret(Secret),
    /// A public key as PEM: RSA of at least 2048 bits (RS256), P-256 (ES256) or Ed25519 (EdDSA).
    PublicKeyPem(Vec<u8>),
    /// A JSON Web Key Set with keys of those three kinds, chosen by `kid`. Keys for encryption and
    /// of other public kinds are left out; a symmetric key in a set that anyone may read is refused.
    Jwks(Vec<u8>),
}

/// Why the keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthSetupError {
    /// An empty secret verifies everybody's tokens.
    #[error("the token secret is empty")]
    EmptySecret,
    /// Not PEM, or not a public key.
    #[error("the token key is not a public key in PEM form (`BEGIN PUBLIC KEY`)")]
    NotAPublicKey,
    /// A private key where a public one belongs.
    #[error("the token key is a private key; only its public half belongs here")]
    PrivateKey,
    /// A public key of a kind that is not used, or too short.
    #[error("the token key{key} is none of: RSA of 2048 bits or more, P-256, Ed25519", key = quoted(.kid))]
    UnsupportedKey {
        /// The key's id in its set.
        kid: Option<String>,
    },
    /// Not a key set.
    #[error("the key set is not JSON of the form {{\"keys\": […]}}: {0}")]
    NotAKeySet(String),
    /// A symmetric key in a key set.
    #[error("the key set holds a symmetric key (`oct`){key}; a key set is public", key = quoted(.kid))]
    SymmetricKey {
        /// The key's id.
        kid: Option<String>,
    },
    /// Several keys, and one of them without an id.
    #[error("the key set holds several keys, and one of them has no `kid` to choose it by")]
    MissingKid,
    /// Nothing to verify with.
    #[error("the key set holds no key for RS256, ES256 or EdDSA")]
    NoKeys,
    /// A claim has no name in the settings.
    #[error("the name of the {0} claim is empty")]
    EmptyClaimName(&'static str),
}

fn quoted(kid: &Option<String>) -> String {
    kid.as_ref().map(|kid| format!(" `{kid}`")).unwrap_or_default()
}

/// One key and the only algorithm that it is used with.
pub(super) struct Key {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
    pub(super) validation: Validation,
}

impl Key {
    pub(super) fn new(kid: Option<String>, algorithm: Algorithm, decoding: DecodingKey) -> Self {
        let mut validation = Validation::new(algorithm);
        // Claims are judged in `claims`, against the time and the names given there.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self { kid, algorithm, decoding, validation }
    }
}

pub(super) fn read(keys: &TokenKeys) -> Result<Vec<Key>, AuthSetupError> {
    match keys {
        TokenKeys::Secret(secret) if secret.is_empty() => Err(AuthSetupError::EmptySecret),
        TokenKeys::Secret(secret) => {
            let decoding = DecodingKey::from_secret(secret.expose().as_bytes());
            Ok(vec![Key::new(None, Algorithm::HS256, decoding)])
        }
        TokenKeys::PublicKeyPem(pem) => Ok(vec![from_pem(pem)?]),
        TokenKeys::Jwks(json) => from_jwks(json),
    }
}

fn from_pem(pem: &[u8]) -> Result<Key, AuthSetupError> {
    let text = std::str::from_utf8(pem).map_err(|_| AuthSetupError::NotAPublicKey)?;
    if text.contains("PRIVATE KEY-----") {
        return Err(AuthSetupError::PrivateKey);
    }
    // Certificates are not unpacked: the crate would take their first bit string for the key.
    if !text.contains("PUBLIC KEY-----") {
        return Err(AuthSetupError::NotAPublicKey);
    }
    let pem = text.trim().as_bytes();
    let (algorithm, decoding) = DecodingKey::from_rsa_pem(pem)
        .map(|key| (Algorithm::RS256, key))
        .or_else(|_| DecodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key)))
        .or_else(|_| DecodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key)))
        .map_err(|_| AuthSetupError::UnsupportedKey { kid: None })?;
    usable(None, algorithm, decoding)
}

fn from_jwks(json: &[u8]) -> Result<Vec<Key>, AuthSetupError> {
    let set: JwkSet = serde_json::from_slice(json).map_err(|e| AuthSetupError::NotAKeySet(e.to_string()))?;
    let keys = set.keys.iter().filter_map(|jwk| from_jwk(jwk).transpose()).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(AuthSetupError::NoKeys);
    }
    if keys.len() > 1 && keys.iter().any(|key| key.kid.is_none()) {
        return Err(AuthSetupError::MissingKid);
    }
    Ok(keys)
}

/// The key, or nothing where it is meant for something else than what is done here.
fn from_jwk(jwk: &Jwk) -> Result<Option<Key>, AuthSetupError> {
    let kid = jwk.common.key_id.clone();
    if matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_)) {
        return Err(AuthSetupError::SymmetricKey { kid });
    }
    if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))) {
        return Ok(None);
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(ed) if ed.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return Ok(None),
    };
    if jwk.common.key_algorithm.is_some_and(|named| named != KeyAlgorithm::from(algorithm)) {
        return Ok(None);
    }
    match DecodingKey::from_jwk(jwk) {
        Ok(decoding) => usable(kid, algorithm, decoding).map(Some),
        Err(_) => Err(AuthSetupError::UnsupportedKey { kid }),
    }
}

/// Finds out now what would else be found out with the first token.
fn usable(kid: Option<String>, algorithm: Algorithm, decoding: DecodingKey) -> Result<Key, AuthSetupError> {
    let sound = match decoding.family() {
        AlgorithmFamily::Rsa => rsa_bits(&decoding).is_some_and(|bits| bits >= 2048),
        // Making the verifier checks that the key is a point of the right curve.
        _ => crypto::verify("", b"", &decoding, algorithm).is_ok(),
    };
    if sound { Ok(Key::new(kid, algorithm, decoding)) } else { Err(AuthSetupError::UnsupportedKey { kid }) }
}

fn rsa_bits(key: &DecodingKey) -> Option<usize> {
    let jwk = Jwk::from_decoding_key(key, None).ok()?;
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return None };
    let modulus = from_base64_url(&rsa.n)?;
    let leading = modulus.iter().position(|&byte| byte != 0)?;
    let top = modulus.get(leading)?;
    Some((modulus.len() - leading) * 8 - top.leading_zeros() as usize)
}
