// An app in Go: crypto/tls and net/http. Arguments as in common.py. Connections are not kept open, so
// that every request makes a handshake, and later ones resume the first one's session.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	ca, maximum, verify, urls := os.Args[1], os.Args[2], os.Args[3], os.Args[5:]
	pem, err := os.ReadFile(ca)
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{
		RootCAs:            roots,
		MaxVersion:         map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[maximum],
		InsecureSkipVerify: verify == "off",
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
	}
	if path := os.Getenv("SSLKEYLOGFILE"); path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			fail(err)
		}
		config.KeyLogWriter = file
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: false, DisableKeepAlives: true,
	}}
	for _, url := range urls {
		answer, err := client.Get(url)
		if err != nil {
			fail(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
