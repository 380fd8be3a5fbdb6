// HTTP Toolkit's engine, set up as HTTP Toolkit itself does: its CA name, forged leaves on the fly,
// invented certificate timestamps included, requests passed on to the real origin.
// Usage: mockttp.js MODULES PORT CA_FILE UPSTREAM_ROOT KEY_LOG
// Writes its CA certificate to CA_FILE once it listens.
const fs = require('fs');
const [modules, port, caFile, upstreamRoot, keyLog] = process.argv.slice(2);
const mockttp = require(`${modules}/mockttp`);

(async () => {
    const ca = await mockttp.generateCACertificate({
        subject: { commonName: 'HTTP Toolkit CA', organizationName: 'HTTP Toolkit CA' },
    });
    const server = mockttp.getLocal({ https: { ...ca, keyLogFile: keyLog, certificateTransparency: true }, http2: 'fallback' });
    await server.forAnyRequest().thenPassThrough({
        additionalTrustedCAs: [{ cert: fs.readFileSync(upstreamRoot, 'utf8') }],
    });
    await server.start(Number(port));
    fs.writeFileSync(caFile, ca.cert);
})();
