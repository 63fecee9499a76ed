import "./style/tokens.css";
import "./style/base.css";
import { mount } from "svelte";
import Docs from "./views/Docs.svelte";

mount(Docs, { target: document.getElementById("app")! });
