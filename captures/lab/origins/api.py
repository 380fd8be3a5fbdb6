"""The answers of the small JSON API, by path."""

API = {
    "/v1/products": '{"products":[{"id":1,"name":"lamp","cents":2490},'
    '{"id":2,"name":"chair","cents":7900}]}',
    "/v1/login": '{"user":"u-1001","session":"opened"}',
    "/v1/orders": '{"orders":[{"id":"o-77","state":"sent","cents":2490}]}',
}
