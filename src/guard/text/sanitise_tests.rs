//! Tests of what sanitising keeps and removes, with hostile input.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use ammonia::Builder;
use proptest::prelude::*;

use super::sanitise::*;

fn html(input: &str) -> String {
    Sanitised::from_html(input).into_string()
}

/// Text of HTML with allowed elements only.
fn text_of(html: &str) -> String {
    let mut builder = Builder::empty();
    builder.tags(HashSet::from(["br"]));
    let only_breaks = builder.clean(html).to_string();
    only_breaks
        .replace("<br>", "\n")
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn the_allow_list_passes() {
    let input = "<p>a <b>b</b> <strong>c</strong> <i>d</i> <em>e</em> <u>f</u> <s>g</s></p>\
                 <pre><code>h</code></pre><ul><li>i</li></ul><ol><li>j</li></ol><blockquote>k<br>l</blockquote>";
    assert_eq!(html(input), input);
}

#[test]
fn links_keep_an_absolute_address_and_gain_rel() {
    let rel = "rel=\"noopener noreferrer nofollow\"";
    for address in ["http://a.example/", "https://a.example/?q=1", "mailto:a@b.example"] {
        assert_eq!(
            html(&format!("<a href=\"{address}\" target=_blank onclick=x() rel=opener>t</a>")),
            format!("<a href=\"{address}\" {rel}>t</a>"),
        );
    }
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#9;script:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "/relative",
        "//host/x",
        "x",
        "#f",
        " javascript:alert(1)",
        "ftp://x/",
    ] {
        assert_eq!(html(&format!("<a href=\"{address}\">t</a>")), format!("<a {rel}>t</a>"), "{address}");
    }
}

#[test]
fn what_can_act_is_removed() {
    for (input, expected) in [
        ("<script>alert(1)</script>hi", "hi"),
        ("<style>*{}</style>hi", "hi"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ("<svg onload=alert(1)><circle/></svg>hi", "hi"),
        ("<b onclick=alert(1) style=color:red class=x id=y>hi</b>", "<b>hi</b>"),
        ("<iframe src=//x></iframe>hi", "hi"),
        ("<!-- c -->hi", "hi"),
        ("<form action=//x><input name=a><button>go</button></form>", "go"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
        ("Vec<T>", "Vec"),
        ("a < b & c", "a &lt; b &amp; c"),
    ] {
        assert_eq!(html(input), expected, "{input}");
    }
}

#[test]
fn control_characters_are_removed_and_line_ends_made_one() {
    assert_eq!(html("a\0b\u{1b}[31m\u{85}\u{feff}c\td\r\ne\rf"), "ab[31mc\td\ne\nf");
    assert_eq!(html("&#1;&#13;&#0;x"), "\n\u{fffd}x");
    assert_eq!(Sanitised::from_text("a\0b\u{7}c\td").as_str(), "abc\td");
}

#[test]
fn plain_text_keeps_every_character() {
    assert_eq!(
        Sanitised::from_text("if a < b && c > \"d\" 'e'\r\nVec<T>\rx\ny").as_str(),
        "if a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;<br>Vec&lt;T&gt;<br>x<br>y",
    );
}

#[test]
fn a_body_without_visible_text_is_empty() {
    for input in [
        "",
        " \n\t",
        "&nbsp;",
        "<p>&nbsp;</p><br>",
        "<b></b>",
        "<script>x</script>",
        "<img src=x>",
        "\u{200b}\u{2060}",
        "<a href=\"https://a.example/\"> </a>",
        "\u{a0}",
    ] {
        assert!(Sanitised::from_html(input).is_empty(), "{input}");
    }
    for input in ["x", "<p>.</p>", "&amp;", "&lt;", "👍"] {
        assert!(!Sanitised::from_html(input).is_empty(), "{input}");
    }
    assert!(Sanitised::from_text("\r\n \u{a0}").is_empty());
    assert!(!Sanitised::from_text("<b></b>").is_empty());
}

#[test]
fn a_line_feed_at_the_start_of_pre_survives_every_parse() {
    assert_eq!(html("<pre>\n\n\n\n\nx</pre>"), "<pre>\n\n\n\n\nx</pre>");
}

#[test]
fn input_built_to_cost_or_to_grow_is_shown_as_text() {
    let open = "<b><i><u><s><em><code><strong>".repeat(3);
    let grows = format!("{open}{}", "<p>x".repeat(2_400));
    let shown = html(&grows);
    assert!(shown.starts_with("&lt;b&gt;&lt;i&gt;"), "{}", &shown[..40]);
    assert!(shown.len() < grows.len() * 8);
    assert_eq!(html(&shown), shown);
}

#[test]
fn formatting_elements_lose_their_attributes_before_they_multiply() {
    let told_apart: String = (0..500).map(|n| format!("<b x={n}>")).collect();
    let shown = html(&format!("{told_apart}{}", "<p>".repeat(1_800)));
    assert!(shown.len() < 80_000, "{}", shown.len());
    for (input, expected) in [
        ("<b x='1'>a</b>", "<b>a</b>"),
        ("<B/x=1>a</B>", "<b>a</b>"),
        ("<b\nx=\"<i y=2>\">a", "<b>\"&gt;a</b>"),
        ("<b x=<i y=<u>a", "<b>a</b>"),
        ("<b x=<i y=<u", ""),
        ("a<b x", "a"),
        ("<bx y=1>a", "a"),
        ("2 <b 3", "2 "),
    ] {
        assert_eq!(html(input), expected, "{input}");
    }
}

#[test]
fn an_honest_long_message_keeps_its_markup() {
    let line = "<p><b>Name:</b> <i>x</i> <a href=\"https://a.example/\">link</a><br></p><ul><li><code>1</code></li></ul>";
    let long = line.repeat(10_000 / line.len());
    assert!(html(&long).starts_with("<p><b>Name:</b>"));
}

#[test]
fn ten_thousand_characters_of_nesting_are_quick() {
    let fill = |tag: &str| tag.repeat(10_000 / tag.len());
    for tag in [
        "<b>",
        "<p>",
        "<a href=http:a>",
        "<ul><li>",
        "<blockquote>",
        "<table>",
        "<div>",
        "<svg>",
        "<math>",
        "<b><p>",
        "<a><p>",
        "<select>",
        "<template>",
        "</p>",
        "<!--",
        "&",
        "<",
        "<pre>\n",
        "<i></b>",
        "<font x=y>",
        "<button>",
        "<table><b>",
        "<object><b>",
        "<b><div>",
        "<b><i><u><s><p>",
        "<a><b><table><td>",
        "</b>",
        "<a href=x b><div>",
    ] {
        let started = Instant::now();
        let shown = html(&fill(tag));
        // The slowest input takes some tens of milliseconds in a debug build.
        assert!(started.elapsed() < Duration::from_secs(5), "{tag}: {:?}", started.elapsed());
        assert!(shown.len() <= 10_000 * 8 + 64, "{tag}: {}", shown.len());
    }
}

/// Random text from pieces of attacks.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "<",
            ">",
            "</",
            "\"",
            "'",
            "=",
            " ",
            "\n",
            "\r",
            "\t",
            "&",
            ";",
            "\0",
            "\u{a0}",
            "\u{feff}",
            "<script>",
            "</script>",
            "<style>",
            "<svg>",
            "<math>",
            "<mtext>",
            "<b>",
            "</b>",
            "<a ",
            "href=",
            "javascript:",
            "onerror=",
            "<img src=x onerror=alert(1)>",
            "<p>",
            "<pre>",
            "<pre>\n",
            "<table>",
            "<td>",
            "<li>",
            "<select>",
            "<template>",
            "<noscript>",
            "<textarea>",
            "<title>",
            "<xmp>",
            "<!--",
            "-->",
            "<![CDATA[",
            "&lt;",
            "&#",
            "&#x6a;",
            "&amp;",
            "<a href=\"https://x.example\">",
            "<iframe>",
            "<form>",
            "<br>",
            "<i>",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Tags of the HTML.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|after| after.split('>').next().unwrap()).collect()
}

proptest! {
    #[test]
    fn the_fast_path_agrees_with_ammonia(input in any::<String>()) {
        let input = without_controls(&input).replace(['<', '>', '&', '\u{a0}'], "");
        prop_assert!(is_inert(&input));
        prop_assert_eq!(clean_once(&input), input.clone());
        prop_assert_eq!(html(&input), input);
    }

    #[test]
    fn sanitising_is_idempotent(input in hostile()) {
        let once = html(&input);
        prop_assert_eq!(html(&once), once);
    }

    #[test]
    fn the_output_holds_nothing_that_acts(input in hostile()) {
        let once = html(&input);
        for tag in tags(&once) {
            let bare = tag.trim_start_matches('/');
            let allowed = ["b", "strong", "i", "em", "u", "s", "code", "pre", "br", "p", "ul", "ol", "li",
                           "blockquote", "a rel=\"noopener noreferrer nofollow\""];
            let link = bare.starts_with("a href=\"http") || bare.starts_with("a href=\"mailto:");
            prop_assert!(allowed.contains(&bare) || bare == "a" || link, "{}", tag);
            prop_assert!(!bare.contains(" on") && !bare.contains("javascript:"), "{}", tag);
        }
    }

    #[test]
    fn text_survives_the_sanitiser_character_by_character(input in any::<String>()) {
        let kept = without_controls(&input);
        let body = Sanitised::from_text(&input);
        prop_assert_eq!(text_of(body.as_str()), kept.clone());
        prop_assert_eq!(text_of(&html(body.as_str())), kept);
    }
}
