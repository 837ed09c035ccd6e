/**
 * Keeps what follows # over the login: the redirect to / inherits it from the form's address.
 */
const form = /** @type {HTMLFormElement} */ (document.getElementById("login"));

form.action = `/login${location.hash}`;
addEventListener("hashchange", () => { form.action = `/login${location.hash}`; });
