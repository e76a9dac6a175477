// Before the first paint: the theme the reader chose, else the one his system wears.
(function () {
	var chosen = null;
	try {
		chosen = localStorage.getItem("zd-theme");
	} catch (e) {
		// Storage is forbidden: follow the system.
	}
	var dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
