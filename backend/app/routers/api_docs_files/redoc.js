const place = document.getElementById("redoc");
// Its search runs in a worker made of text, which our content policy refuses.
Redoc.init("/openapi.json", { nonce: place.dataset.nonce, disableSearch: true }, place);
