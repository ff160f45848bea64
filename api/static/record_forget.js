// At the door nobody is signed in: the forms that were kept on this device for the one before are forgotten.
// What waits to be sent stays, for whom it belongs to.
"use strict";

if ("caches" in self) {
  caches.keys().then((names) => {
    for (const name of names) if (name.startsWith("records-")) caches.delete(name);
  });
}
