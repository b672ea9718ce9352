//! Known answers of the C2SP signed-note specification and of Go's golang.org/x/mod/sumdb/note, where the format began.

use app::proof::note::NotAVerifier;

use super::*;

const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// The signature type and the seed.
const GO_KEY: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                       then you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "— PeterNeumann \
    x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn go_signer() -> Signer {
    let bytes = STANDARD.decode(GO_KEY).expect("base64");
    Signer::from_seed("PeterNeumann", bytes[1..].try_into().expect("32 bytes"))
}

#[test]
fn go_signs_the_same_bytes() {
    assert_eq!(go_signer().verifier().to_string(), GO_VERIFIER);
    assert_eq!(go_signer().sign(GO_TEXT), format!("{GO_TEXT}\n{GO_SIGNATURE}"));
}

#[test]
fn the_specifications_example_opens() {
    let verifier = Verifier::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let note = "This is an example message.\n\n— example.com/foo \
                Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    assert_eq!(verifier.expect("valid").open(note), Some("This is an example message.\n"));
}

#[test]
fn a_verifier_reads_only_as_it_prints() {
    assert_eq!(Verifier::parse(GO_VERIFIER), Ok(go_signer().verifier()));
    for (i, _) in GO_VERIFIER.char_indices() {
        assert_eq!(Verifier::parse(&GO_VERIFIER[..i]), Err(NotAVerifier), "cut at {i}");
        let mut changed = GO_VERIFIER.as_bytes().to_vec();
        changed[i] += 1;
        assert_eq!(Verifier::parse(&String::from_utf8_lossy(&changed)), Err(NotAVerifier), "changed at {i}");
    }
    // Go's own: a key too long, and an unknown signature type, each with the key id that fits it.
    for wrong in [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
        assert_eq!(Verifier::parse(wrong), Err(NotAVerifier));
    }
}

#[test]
fn a_checkpoint_confirms_its_own_size_and_root_only() {
    let signer = Signer::from_seed("example.com/log", [7; 32]);
    let verifier = signer.verifier();
    let note = signer.checkpoint(3, &[9; 32]);
    assert!(note.starts_with("example.com/log\n3\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\n— example.com/log "));
    assert!(verifier.confirms(&note, 3, &[9; 32]));
    assert!(!verifier.confirms(&note, 4, &[9; 32]));
    assert!(!verifier.confirms(&note, 3, &[8; 32]));
    assert!(!verifier.confirms(&note.replace("\n3\n", "\n4\n"), 4, &[9; 32]));
    assert!(!verifier.confirms("", 3, &[9; 32]));
}

#[test]
fn only_our_signature_counts_and_every_one_of_ours() {
    let signer = Signer::from_seed("example.com/log", [7; 32]);
    let stranger = Signer::from_seed("example.com/log", [8; 32]);
    let witness = Signer::from_seed("witness.example", [9; 32]);
    let signature = |signer: &Signer| signer.sign(GO_TEXT)[GO_TEXT.len() + 1..].to_owned();
    let open = |signatures: &[String]| signer.verifier().open(&format!("{GO_TEXT}\n{}", signatures.concat())).is_some();
    assert!(open(&[signature(&signer)]));
    assert!(open(&[signature(&witness), signature(&signer), signature(&stranger)]));
    assert!(!open(&[signature(&stranger)]));
    assert!(!open(&[signature(&witness)]));
    let of_another_text = signer.sign("Another text.\n")["Another text.\n".len() + 1..].to_owned();
    assert!(!open(&[signature(&signer), of_another_text]));
}

#[test]
#[should_panic(expected = "holds white space or a plus")]
fn a_name_that_would_break_the_note_is_refused() {
    drop(Signer::from_seed("example.com/a\n4", [7; 32]));
}
