// The document needs a session, as every call of a browser: who is signed in to the dashboard may read it, and try what they may.
(async () => {
  'use strict';
  const told = document.getElementById('told');
  const answer = await fetch('/openapi/v1.json', { credentials: 'same-origin' });
  if (answer.status === 401) {
    const link = Object.assign(document.createElement('a'), { href: '/sign-in', textContent: 'Sign in' });
    told.replaceChildren(link, ' first, and come back here.');
    return;
  }
  if (!answer.ok) {
    told.textContent = `The OpenAPI document cannot be read: status ${answer.status}.`;
    return;
  }
  const spec = await answer.json();
  // Behind a proxy the server does not know the address that the browser knows it by.
  spec.servers = [{ url: location.origin }];
  SwaggerUIBundle({
    spec,
    domNode: document.getElementById('calls'),
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    queryConfigEnabled: false,
    presets: [SwaggerUIBundle.presets.apis],
    requestInterceptor: (request) => {
      request.headers['X-Shifter-Request'] = '1';
      return request;
    },
  });
})();
