// What scripts add to pages that work without them: theme, keys, dialogs, many rows at once, upload and progress.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const number = (n) => n.toLocaleString("zh-CN");

// --- theme ---

for (const button of all("[data-theme-toggle]")) {
	button.hidden = false;
	button.addEventListener("click", () => {
		const root = document.documentElement;
		const to = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
		root.setAttribute("data-bs-theme", to);
		try {
			localStorage.setItem("zd-theme", to);
		} catch {
			// Not kept: storage is forbidden.
		}
	});
}

// --- menus: one open at a time, closed by Escape or a click elsewhere ---

const closeMenus = (except) => {
	for (const menu of all("details.zd-menu[open]")) if (menu !== except) menu.open = false;
};
document.addEventListener("click", (event) => {
	closeMenus(event.target.closest("details.zd-menu"));
});

// --- dialogs ---

/** @param {HTMLElement[]} content @returns {HTMLDialogElement} */
const openDialog = (content) => {
	const dialog = document.createElement("dialog");
	dialog.className = "zd-dialog";
	dialog.append(...content);
	dialog.addEventListener("close", () => dialog.remove());
	dialog.addEventListener("click", (event) => {
		if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
	});
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
};

/** @param {string} tag @param {string} text @param {string} [name] */
const element = (tag, text, name = "") => {
	const made = document.createElement(tag);
	made.textContent = text;
	made.className = name;
	return made;
};

// A button that asks first: its panel becomes a dialog.
for (const details of all("details[data-confirm]")) {
	$("summary", details).addEventListener("click", (event) => {
		if (typeof HTMLDialogElement !== "function") return;
		event.preventDefault();
		const body = $(".zd-menu-body", details).cloneNode(true);
		const close = $("[data-close]", body);
		close.hidden = false;
		openDialog([...body.childNodes]);
		close.focus();
	});
}

/** @param {HTMLFormElement} form @param {string} text */
const askThenSend = (form, text) => {
	const no = element("button", "先不办", "btn");
	const yes = element("button", $("button[type=submit]", form).textContent, "btn btn-accent");
	const buttons = element("div", "", "zd-confirm-buttons");
	no.type = yes.type = "button";
	buttons.append(no, yes);
	const dialog = openDialog([element("h2", yes.textContent), element("p", text), buttons]);
	no.addEventListener("click", () => dialog.close());
	yes.addEventListener("click", () => form.submit());
	no.focus();
};

// --- keys ---

const keys = [
	["/ 或 Ctrl K", "搜索"],
	["↑ ↓", "在列表中移动"],
	["Enter", "打开"],
	["N / P", "下一页 / 首页"],
	["H", "本页帮助"],
	["Esc", "关闭菜单、离开输入框"],
	["?", "这份说明"],
];

const help = () => {
	const list = element("dl", "", "zd-keys");
	for (const [key, what] of keys) {
		const term = document.createElement("dt");
		term.append(element("kbd", key));
		list.append(term, element("dd", what));
	}
	const close = element("button", "知道了", "btn");
	close.type = "button";
	close.dataset.close = "";
	const buttons = element("div", "", "zd-confirm-buttons");
	buttons.append(close);
	openDialog([element("h2", "快捷键"), list, buttons]);
};

/** @param {number} step */
const moveInList = (step) => {
	const rows = all("[data-list] [data-row]");
	if (!rows.length) return false;
	const at = rows.indexOf(document.activeElement);
	const to = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
	if (rows[to]) rows[to].focus();
	return true;
};

/** @param {string} selector */
const follow = (selector) => {
	const link = $(selector);
	if (link) link.click();
	return Boolean(link);
};

const search = () => {
	const box = $("[data-search]");
	if (box) box.select();
	return Boolean(box);
};

const actions = {
	"/": search,
	"?": () => (help(), true),
	ArrowDown: () => moveInList(1),
	ArrowUp: () => moveInList(-1),
	j: () => moveInList(1),
	k: () => moveInList(-1),
	n: () => follow("a[rel=next]"),
	p: () => follow("a[rel=first]"),
	h: () => follow("a[data-help]"),
};

document.addEventListener("keydown", (event) => {
	if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
		if (search()) event.preventDefault();
		return;
	}
	const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
	if (event.key === "Escape") {
		closeMenus(null);
		if (typing && typing.tagName !== "DIALOG") typing.blur();
		return;
	}
	if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
	const action = actions[event.key];
	if (action && action()) event.preventDefault();
});

// --- many rows at once ---

const bulk = $("[data-bulk]");
if (bulk) {
	const picks = all("[data-pick]");
	const update = () => {
		const ids = picks.filter((pick) => pick.checked).map((pick) => pick.value);
		bulk.hidden = ids.length === 0;
		$("[data-bulk-count]", bulk).textContent = String(ids.length);
		for (const field of all("[data-bulk-ids]", bulk)) field.value = ids.join(",");
	};
	for (const pick of picks) pick.addEventListener("change", update);
	$("[data-pick-all]").addEventListener("change", (event) => {
		for (const pick of picks) pick.checked = event.target.checked;
		update();
	});
	for (const form of all("form[data-confirm-text]", bulk)) {
		form.addEventListener("submit", (event) => {
			if (!form.dataset.confirmText) return;
			event.preventDefault();
			askThenSend(form, form.dataset.confirmText);
		});
	}
	update();
} else {
	for (const box of all(".zd-pick")) box.hidden = true;
}

// --- forms ---

const summary = $("[data-focus]");
if (summary) summary.focus();

// Days: typed in any common way, or picked from the browser's calendar.

/** @param {string} text 2026/1/5, 20260105, 2026年1月5日: 2026-01-05; what is none of these stays as it is */
const toDay = (text) => {
	const found = /^\s*(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))\s*$/.exec(text);
	if (!found) return text.trim();
	const [month, day] = [found[2] || found[4], found[3] || found[5]];
	return `${found[1]}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
};

for (const input of all("input[data-day]")) {
	input.addEventListener("change", () => {
		input.value = toDay(input.value);
	});
	const button = $("[data-day-open]", input.parentElement);
	const picker = element("input", "", "zd-day-picker");
	if (!button || typeof picker.showPicker !== "function") continue;
	picker.type = "date";
	picker.tabIndex = -1;
	picker.setAttribute("aria-hidden", "true");
	button.hidden = false;
	button.addEventListener("click", () => {
		picker.value = toDay(input.value);
		picker.showPicker();
	});
	picker.addEventListener("change", () => {
		input.value = picker.value;
		input.focus();
	});
	input.after(picker);
}

// The chosen file is named in our words, not in the browser's language.
for (const box of all("[data-file]")) {
	const input = $("input", box);
	const name = $("[data-file-name]", box);
	const asked = name.textContent;
	const show = () => {
		name.textContent = [...input.files].map((file) => file.name).join("、") || asked;
		box.classList.toggle("zd-file-chosen", input.files.length > 0);
	};
	box.classList.add("zd-file-own");
	$(".zd-file-face", box).hidden = false;
	input.addEventListener("change", show);
	show();
}

// Several codes in one field become check boxes.
for (const input of all("input[data-many]")) {
	const chosen = new Set(input.value.split(",").filter(Boolean));
	const box = element("div", "", "zd-many");
	box.setAttribute("role", "group");
	box.setAttribute("aria-labelledby", `l-${input.name}`);
	for (const option of all("option", input.list)) {
		const label = element("label", "", "form-check");
		const check = element("input", "", "form-check-input");
		check.type = "checkbox";
		check.checked = chosen.has(option.value);
		check.addEventListener("change", () => {
			if (check.checked) chosen.add(option.value);
			else chosen.delete(option.value);
			input.value = [...chosen].join(",");
		});
		label.append(check, element("span", option.textContent, "form-check-label"));
		box.append(label);
	}
	input.type = "hidden";
	input.after(box);
}

// How much of a file has been sent, truly.
for (const form of all("form[data-upload]")) {
	form.addEventListener("submit", (event) => {
		if (!all("input[type=file]", form).some((input) => input.files.length)) return;
		event.preventDefault();
		const shown = $("[data-upload-progress]", form);
		const bar = $("progress", shown);
		const figures = $("[data-figures]", shown);
		const request = new XMLHttpRequest();
		const button = $("button[type=submit]", form);
		const fail = (text) => {
			button.disabled = false;
			$("strong", shown).textContent = text;
		};
		shown.hidden = false;
		button.disabled = true;
		request.upload.addEventListener("progress", (progress) => {
			bar.max = progress.total;
			bar.value = progress.loaded;
			figures.textContent = `${Math.floor((progress.loaded / progress.total) * 100)}%`;
		});
		request.addEventListener("error", () => fail("上传中断：请检查网络后重新提交，已发送的部分不会重复入库。"));
		request.addEventListener("load", () => {
			if (request.responseURL && request.status < 400) {
				location.assign(request.responseURL);
				return;
			}
			document.open();
			document.write(request.responseText);
			document.close();
		});
		request.open("POST", form.action);
		request.send(new FormData(form));
	});
}

// --- a job under way ---

/** @param {HTMLElement} box */
const poll = async (box) => {
	const bar = $("progress", box);
	try {
		const answer = await fetch(box.dataset.progress, { headers: { accept: "application/json" } });
		if (!answer.ok) throw new Error(String(answer.status));
		const job = await answer.json();
		if (job.total > 0) {
			bar.max = job.total;
			bar.value = job.done;
		}
		$("[data-figures]", box).textContent = job.figures ? job.figures : job.total > 0 ? `${number(job.done)} / ${number(job.total)}` : number(job.done);
		$("[data-text]", box).textContent = job.text || "";
		if (job.state !== "running") {
			location.assign(box.dataset.done);
			return;
		}
	} catch {
		$("[data-text]", box).textContent = "暂时联系不上服务器，正在重试；任务在后台继续。";
	}
	setTimeout(poll, 1000, box);
};
for (const box of all("[data-progress]")) if (box.dataset.progress !== "#") poll(box);
