// Everything works without this; it saves a reload here and there.
"use strict";
document.documentElement.classList.add("js");
