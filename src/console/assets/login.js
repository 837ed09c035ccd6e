/**
 * Keeps the name over a refusal, and where somebody was going over the login: the redirect to /
 * inherits what follows # from the address that the form is sent to.
 */
const form = /** @type {HTMLFormElement} */ (document.getElementById("login"));

function keep() {
  const { hash, pathname, search } = location;
  const deep = !["/", "/login"].includes(pathname);

  form.action = `/login${hash || (deep ? `#${pathname}${search}` : "")}`;
}

/* A name is typed once, however often the password was wrong. */
const user = /** @type {HTMLInputElement} */ (document.getElementById("name"));
const password = /** @type {HTMLInputElement} */ (document.getElementById("password"));

function again() {
  if (!document.querySelector(".problem")?.textContent)
    return;
  user.value = sessionStorage.getItem("name") ?? "";
  (user.value ? password : user).focus();
}

addEventListener("hashchange", keep);
form.addEventListener("submit", () => sessionStorage.setItem("name", user.value));
keep();
again();
