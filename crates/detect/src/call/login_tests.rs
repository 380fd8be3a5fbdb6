use super::*;
use crate::detectors::testing_http::{Draft, Pair, asked};
use crate::policy::Policy;

const JSON: Pair = ("Content-Type", "application/json");
const FORM: Pair = ("Content-Type", "application/x-www-form-urlencoded");

fn login(draft: Draft) -> Option<Login> {
    let (record, policy) = (draft.record(), Policy::default());
    Call::of(&record, &policy).unwrap().login().cloned()
}

fn told(method: &str, path: &str, kind: Pair, body: &str) -> Option<(LoginKind, String, String)> {
    let url = format!("http://a.test{path}");
    let login = login(asked(method, &url, &[kind], body).answer(401, &[], ""))?;
    Some((login.kind, login.user_field, login.password_field))
}

#[test]
fn logins_of_every_form() {
    use LoginKind::{Code, Password};
    for (path, kind, body, expected) in [
        (
            "/login",
            JSON,
            r#"{"email": "a@b.c", "password": "x1"}"#,
            (Password, "$.email", "$.password"),
        ),
        (
            "/s",
            JSON,
            r#"{"device_id": "7", "phone": "+49", "pin": "x", "passwd": "p"}"#,
            (Password, "$.phone", "$.passwd"),
        ),
        (
            "/login",
            FORM,
            "user[login]=me&user[password]=x1",
            (Password, "user[login]", "user[password]"),
        ),
        (
            "/token",
            FORM,
            "grant_type=password&client_id=app&client_secret=s&username=me&password=x1",
            (Password, "username", "password"),
        ),
        (
            "/graphql",
            JSON,
            r#"{"query": "mutation L($e: String!, $p: String!) { login(email: $e, password: $p) { t } }",
                "variables": {"email": "a@b.c", "password": "x1"}}"#,
            (Password, "$.variables.email", "$.variables.password"),
        ),
        (
            "/graphql",
            JSON,
            r#"{"query": "mutation { login(email: \"a@b.c\", password: \"x1\") { token } }"}"#,
            (Password, "email", "password"),
        ),
        (
            "/cognito",
            ("Content-Type", "application/x-amz-json-1.1"),
            r#"{"AuthParameters": {"USERNAME": "me", "PASSWORD": "x1"}, "ClientId": "c"}"#,
            (Password, "$.AuthParameters.USERNAME", "$.AuthParameters.PASSWORD"),
        ),
        (
            "/otp/verify",
            JSON,
            r#"{"phone": "+4917012345", "code": "123456"}"#,
            (Code, "$.phone", "$.code"),
        ),
        ("/x", JSON, r#"{"session": "s-1234", "otp": "1234"}"#, (Code, "$.session", "$.otp")),
    ] {
        let expected = (expected.0, expected.1.to_owned(), expected.2.to_owned());
        assert_eq!(told("POST", path, kind, body), Some(expected), "{path} {body}");
    }
}

#[test]
fn what_sets_a_password_is_no_login() {
    let user = r#"{"email": "a@b.c", "password": "x1"}"#;
    for (method, path, kind, body) in [
        ("POST", "/v1/register", JSON, user),
        ("POST", "/v1/users", JSON, user),
        ("POST", "/auth/sign-up", JSON, user),
        ("POST", "/password/reset", JSON, user),
        ("PUT", "/v1/me", JSON, user),
        ("POST", "/v1/me", JSON, r#"{"user": "me", "old_password": "x1", "new_password": "x2"}"#),
        (
            "POST",
            "/a",
            JSON,
            r#"{"email": "a", "password": "x", "firstName": "b", "lastName": "c"}"#,
        ),
        ("POST", "/token", FORM, "grant_type=client_credentials&client_id=app&client_secret=s3"),
        ("POST", "/token", FORM, "grant_type=refresh_token&username=me&password=x1"),
        ("POST", "/promo", JSON, r#"{"user": "me", "code": "123456"}"#),
        ("POST", "/otp", JSON, r#"{"phone": "+4917012345"}"#),
        ("GET", "/verify?user=me&code=123456", JSON, ""),
    ] {
        assert_eq!(told(method, path, kind, body), None, "{method} {path} {body}");
    }
}

#[test]
fn results_are_read_from_status_and_body() {
    use LoginResult::{Accepted, Refused, Unknown};
    let html: Pair = ("Content-Type", "text/html");
    let to = |location| ("Location", location);
    for (status, header, body, expected) in [
        (200, JSON, r#"{"token": "0123456789abcdef0"}"#, Accepted),
        (204, JSON, "", Accepted),
        (200, JSON, r#"{"success": false}"#, Refused),
        (200, JSON, r#"{"error": null, "success": true}"#, Accepted),
        (200, JSON, r#"{"errors": [{"message": "no"}], "data": null}"#, Refused),
        (200, JSON, r#"{"error_code": 0, "code": 200}"#, Accepted),
        (200, JSON, r#"{"code": 401, "msg": "no"}"#, Refused),
        (200, html, "<input type=\"password\">", Refused),
        (401, JSON, r#"{"error": "mfa_required"}"#, Accepted),
        (429, JSON, "", Refused),
        (404, JSON, "", Refused),
        (500, JSON, "", Unknown),
        (302, to("/login?error=1"), "", Refused),
        (302, to("/login"), "", Refused),
        (302, to("/home"), "", Accepted),
        (302, to("https://app.test/login?code=1&state=2"), "", Accepted),
    ] {
        let request = asked("POST", "http://a.test/login", &[JSON], r#"{"user":"a","pass":"x1"}"#);
        let result = login(request.answer(status, &[header], body)).unwrap().result;
        assert_eq!(result, expected, "{status} {header:?} {body}");
    }
    let request = asked("POST", "http://a.test/login", &[JSON], r#"{"user":"a","pass":"x1"}"#);
    let cut = request.answer(200, &[JSON], "").cut(dissect::http::Incomplete::Cut);
    assert_eq!(login(cut).unwrap().result, Unknown);
}

#[test]
fn basic_is_a_login_of_its_own() {
    let basic: Pair = ("Authorization", "Basic bWU6cHc=");
    let login_of =
        |url: &str, status| login(asked("GET", url, &[basic], "").answer(status, &[], ""));
    let refused = login_of("http://a.test/v1/me", 401).unwrap();
    assert_eq!((refused.kind, refused.result), (LoginKind::Basic, LoginResult::Refused));
    assert_eq!(refused.user, Digest::text("me"));
    assert_eq!(login_of("http://a.test/v1/me", 404).unwrap().result, LoginResult::Unknown);
    assert_eq!(login_of("http://a.test/oauth/token", 401), None, "a client of OAuth");
}
