use super::*;
use crate::Known;
use crate::detectors::testing::sightings;
use crate::detectors::testing_http::{Draft as Exchange, asked};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// `{"alg":"none"}`, `{"sub":"2"}`.
const USER2: (&str, &str) = ("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIyIn0.");

fn raised(exchange: Exchange) -> Vec<Sighting> {
    sightings(&mut ParameterPollution::default(), &Known::default(), &[exchange.record()])
}

fn get(path: &str, answer: &str) -> Exchange {
    asked("GET", &format!("http://api.test{path}"), &[USER2], "").answer(200, &[JSON], answer)
}

fn post(method: &str, path: &str, kind: (&'static str, &'static str), body: &str) -> Exchange {
    asked(method, &format!("http://api.test{path}"), &[USER2, kind], body).answer(
        200,
        &[JSON],
        "{}",
    )
}

#[test]
fn places_that_contradict_each_other() {
    for exchange in [
        get("/v1/orders/7?order_id=3", "{}"),
        get("/v1/users/2/orders?user_id=1", "[]"),
        get("/v1/users/2?userId=1", "{}"),
        post("PUT", "/v1/orders/7", JSON, r#"{"id":3,"total":1}"#),
        post("PATCH", "/v1/orders/7", JSON, r#"{"order":{"id":3}}"#),
        post("POST", "/v1/payments?account_id=2", JSON, r#"{"account_id":1}"#),
        post("POST", "/v1/pay?user_id=2", FORM, "user_id=1&amount=5"),
    ] {
        assert_eq!(raised(exchange).len(), 1);
    }
    let told = raised(get("/v1/orders/7?order_id=3", r#"{"id":3}"#));
    let facts: Vec<_> = told[0].evidence.iter().map(|one| (one.fact, &*one.value)).collect();
    assert_eq!(facts[1], ("id", "path /v1/orders/{}: 7"));
    assert_eq!(facts[2], ("id", "query order_id: 3"));
    assert_eq!(facts[4], ("answer-about", "3"));
}

#[test]
fn one_name_with_two_values() {
    for exchange in [
        get("/v1/orders?user_id=2&user_id=1", r#"{"id":5}"#),
        get("/v1/order?order_id=7&order_id=3", r#"{"order_id":3}"#),
        post("POST", "/v1/pay", JSON, r#"{"account_id":1,"account_id":4}"#),
        post("POST", "/v1/pay", FORM, "user_id=2&user_id=1"),
    ] {
        assert_eq!(raised(exchange).len(), 1);
    }
}

#[test]
fn lists_and_filters_are_not() {
    for exchange in [
        get("/v1/x?tag=a&tag=b&ids[]=1&ids[]=2&order_ids=1&order_ids=2", "[]"),
        get(
            "/helix/users?id=141981764&id=4845668",
            r#"{"data":[{"id":"141981764"},{"id":"4845668"}]}"#,
        ),
        get("/v1/orders?order_id=1&order_id=4&order_id=9", "[]"),
        get("/v1/products?product_id=1&product_id=2", "{}"),
        get("/v1/streams?user_id=5&user_id=6", "[]"),
        get("/v1/orders/7?page=2&limit=10", "{}"),
    ] {
        assert_eq!(raised(exchange).len(), 0);
    }
}

#[test]
fn requests_about_two_objects_are_not() {
    for exchange in [
        post("POST", "/v1/transfers", JSON, r#"{"from_account_id":1,"to_account_id":2}"#),
        get("/v1/users/1/friends?user_id=2", "{}"),
        post("POST", "/v1/users/2/follow", JSON, r#"{"user_id":1}"#),
        post("PUT", "/v1/orders/7", JSON, r#"{"id":7,"items":[{"id":1}],"parent":{"id":3}}"#),
        post("PUT", "/v1/orders/7/items/1", JSON, r#"{"id":1,"order_id":7}"#),
        post("PUT", "/v1/orders/7", JSON, r#"{"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3301"}"#),
        post("PUT", "/v1/orders/7", JSON, r#"{"id":0}"#),
        post("PUT", "/v1/orders/7", JSON, r#"{"id":"007"}"#),
        post("POST", "/v1/orders/7/refund", JSON, r#"{"payment_id":3}"#),
    ] {
        assert_eq!(raised(exchange).len(), 0);
    }
}
