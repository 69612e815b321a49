//! Reads the keys for verifying tokens, each for exactly one algorithm.
//!
//! Owns the parsing of PEM files and JSON Web Key Sets (RFC 7517), and the refusal of weak or secret keys.
//! Does not know where the files are.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Validation, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

use crate::{domain::Secret, guard::crypto::encoding::from_base64_url};

/// Configured key material.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// Secret shared with the issuer, for HS256. RFC 7518 §3.2 requires at least 32 bytes; `config` checks
    /// that, and only an empty secret is refused here.
    Secret(Secret),
    /// Public key as PEM: RSA of at least 2048 bits (RS256), P-256 (ES256) or Ed25519 (EdDSA).
    PublicKeyPem(Vec<u8>),
    /// JSON Web Key Set with keys for RS256, ES256 or EdDSA, chosen by `kid`. Keys for encryption and for
    /// other algorithms are skipped. A symmetric key is refused, because key sets are public.
    Jwks(Vec<u8>),
}

/// Reason why the keys or claim names cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthSetupError {
    /// Empty secret: tokens signed by any caller would pass.
    #[error("the token secret is empty")]
    EmptySecret,
    /// Text that is not PEM, or PEM without a public key.
    #[error("the token key is not a public key in PEM form (`BEGIN PUBLIC KEY`)")]
    NotAPublicKey,
    /// Private key in place of a public key.
    #[error("the token key is a private key; only its public half belongs here")]
    PrivateKey,
    /// Public key of an unsupported kind or curve, or an RSA key below 2048 bits.
    #[error("the token key{key} is none of: RSA of 2048 bits or more, P-256, Ed25519", key = quoted(.kid))]
    UnsupportedKey {
        /// Id of the key; `None` for a PEM file and for a key without `kid`.
        kid: Option<String>,
    },
    /// Text that does not parse as a key set, with the error of the parser.
    #[error("the key set is not JSON of the form {{\"keys\": […]}}: {0}")]
    NotAKeySet(String),
    /// Symmetric key in a key set.
    #[error("the key set holds a symmetric key (`oct`){key}; a key set is public", key = quoted(.kid))]
    SymmetricKey {
        /// Id of the key, if it has one.
        kid: Option<String>,
    },
    /// Key without `kid` in a set of several keys.
    #[error("the key set holds several keys, and one of them has no `kid` to choose it by")]
    MissingKid,
    /// Key set without a usable key.
    #[error("the key set holds no key for RS256, ES256 or EdDSA")]
    NoKeys,
    /// Empty claim name in the settings, given as `id`, `name` or `role`.
    #[error("the name of the {0} claim is empty")]
    EmptyClaimName(&'static str),
}

fn quoted(kid: &Option<String>) -> String {
    kid.as_ref().map(|kid| format!(" `{kid}`")).unwrap_or_default()
}

/// Key with the only algorithm that it may verify.
pub(super) struct Key {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
    pub(super) validation: Validation,
}

impl Key {
    pub(super) fn new(kid: Option<String>, algorithm: Algorithm, decoding: DecodingKey) -> Self {
        let mut validation = Validation::new(algorithm);
        // `claims` checks all claims itself, with its own clock and claim names.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self { kid, algorithm, decoding, validation }
    }
}

/// Parses the key material. Never returns an empty list.
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
    // Certificates are refused: jsonwebtoken would take their first bit string for the key.
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

/// Key for verifying tokens; `None` if the key is for another use or algorithm.
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

/// Checks a key at start-up instead of with the first token.
fn usable(kid: Option<String>, algorithm: Algorithm, decoding: DecodingKey) -> Result<Key, AuthSetupError> {
    let sound = match decoding.family() {
        AlgorithmFamily::Rsa => rsa_bits(&decoding).is_some_and(|bits| bits >= 2048),
        // Creating the verifier fails unless the key is a point of the curve.
        _ => crypto::verify("", b"", &decoding, algorithm).is_ok(),
    };
    if sound { Ok(Key::new(kid, algorithm, decoding)) } else { Err(AuthSetupError::UnsupportedKey { kid }) }
}

/// Length of the RSA modulus in bits, without leading zeros.
fn rsa_bits(key: &DecodingKey) -> Option<usize> {
    let jwk = Jwk::from_decoding_key(key, None).ok()?;
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return None };
    let modulus = from_base64_url(&rsa.n)?;
    let leading = modulus.iter().position(|&byte| byte != 0)?;
    let top = modulus.get(leading)?;
    Some((modulus.len() - leading) * 8 - top.leading_zeros() as usize)
}
