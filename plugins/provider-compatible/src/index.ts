import { vendorFactory } from "./compatible.ts";

export { compatible, type CustomVendorOptions } from "./compatible.ts";
export type { Vendor } from "./vendor.ts";
export { vendors, type VendorId } from "./vendors.ts";

/** DeepSeek. Reads DEEPSEEK_API_KEY. */
export const deepseek = vendorFactory("deepseek");
/** Alibaba Qwen (Model Studio). Reads DASHSCOPE_API_KEY. */
export const qwen = vendorFactory("qwen");
/** Moonshot AI (Kimi). Reads MOONSHOT_API_KEY. */
export const moonshot = vendorFactory("moonshot");
/** Zhipu AI (GLM). Reads ZHIPU_API_KEY or ZHIPUAI_API_KEY. */
export const zhipu = vendorFactory("zhipu");
/** MiniMax. Reads MINIMAX_API_KEY. */
export const minimax = vendorFactory("minimax");
/** ByteDance Doubao (Volcengine Ark). Reads ARK_API_KEY. */
export const doubao = vendorFactory("doubao");
/** Tencent Hunyuan. Reads HUNYUAN_API_KEY. */
export const hunyuan = vendorFactory("hunyuan");
/** StepFun. Reads STEPFUN_API_KEY. */
export const stepfun = vendorFactory("stepfun");
/** SiliconFlow. Reads SILICONFLOW_API_KEY. */
export const siliconflow = vendorFactory("siliconflow");
/** Baidu Qianfan. Reads QIANFAN_API_KEY. */
export const qianfan = vendorFactory("qianfan");
/** Mistral AI. Reads MISTRAL_API_KEY. */
export const mistral = vendorFactory("mistral");
/** xAI (Grok). Reads XAI_API_KEY. */
export const xai = vendorFactory("xai");
/** Groq. Reads GROQ_API_KEY. */
export const groq = vendorFactory("groq");
/** Fireworks AI. Reads FIREWORKS_API_KEY. */
export const fireworks = vendorFactory("fireworks");
/** Together AI. Reads TOGETHER_API_KEY. */
export const together = vendorFactory("together");
/** Cerebras. Reads CEREBRAS_API_KEY. */
export const cerebras = vendorFactory("cerebras");
/** Perplexity. Reads PERPLEXITY_API_KEY. */
export const perplexity = vendorFactory("perplexity");
/** OpenRouter. Reads OPENROUTER_API_KEY. */
export const openrouter = vendorFactory("openrouter");
/** NVIDIA NIM. Reads NVIDIA_API_KEY. */
export const nvidia = vendorFactory("nvidia");
/** DeepInfra. Reads DEEPINFRA_API_KEY. */
export const deepinfra = vendorFactory("deepinfra");
/** Novita AI. Reads NOVITA_API_KEY. */
export const novita = vendorFactory("novita");
/** Hyperbolic. Reads HYPERBOLIC_API_KEY. */
export const hyperbolic = vendorFactory("hyperbolic");
/** SambaNova Cloud. Reads SAMBANOVA_API_KEY. */
export const sambanova = vendorFactory("sambanova");
/** Nebius Token Factory. Reads NEBIUS_API_KEY. */
export const nebius = vendorFactory("nebius");
/** Cohere. Reads COHERE_API_KEY. */
export const cohere = vendorFactory("cohere");
/** Voyage AI: embeddings and rerankers. Reads VOYAGE_API_KEY. */
export const voyage = vendorFactory("voyage");
/** Jina AI: embeddings and rerankers. Reads JINA_API_KEY. */
export const jina = vendorFactory("jina");
/** Stability AI: pictures. Reads STABILITY_API_KEY. */
export const stability = vendorFactory("stability");
/** ElevenLabs: speech and transcription. Reads ELEVENLABS_API_KEY. */
export const elevenlabs = vendorFactory("elevenlabs");
/** Replicate: pictures and videos of many models. Reads REPLICATE_API_TOKEN. */
export const replicate = vendorFactory("replicate");
/** fal: pictures and videos of many models. Reads FAL_KEY. */
export const fal = vendorFactory("fal");
/** GitHub Models. Reads GITHUB_TOKEN. */
export const github = vendorFactory("github");
/** Hugging Face Inference Providers. Reads HF_TOKEN. */
export const huggingface = vendorFactory("huggingface");
/** Ollama. A server of your own at http://127.0.0.1:11434/v1, without a key. */
export const ollama = vendorFactory("ollama");
/** vLLM. A server of your own at http://127.0.0.1:8000/v1, without a key. */
export const vllm = vendorFactory("vllm");
/** SGLang. A server of your own at http://127.0.0.1:30000/v1, without a key. */
export const sglang = vendorFactory("sglang");
/** LM Studio. A server of your own at http://127.0.0.1:1234/v1, without a key. */
export const lmstudio = vendorFactory("lmstudio");
/** llama.cpp server. A server of your own at http://127.0.0.1:8080/v1, without a key. */
export const llamacpp = vendorFactory("llamacpp");
/** LocalAI. A server of your own at http://127.0.0.1:8080/v1, without a key. */
export const localai = vendorFactory("localai");
