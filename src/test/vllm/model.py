"""Writes what vLLM needs to serve a Llama without weights (`--load-format dummy`): its shape and a byte-level tokenizer.

The text it generates is noise; what counts is that it takes time. On two cores `--hidden-size 64 --layers 2` gives
about 130 to 360 tokens a second, `--hidden-size 1024 --layers 8` about 20 to 45.
"""

import argparse
import json
import pathlib

import tokenizers
from tokenizers import decoders, models, pre_tokenizers

HEAD_DIM = 32
CONTEXT = 2048
SPECIAL = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}


def byte_tokenizer():
    """One token per byte, after the three special ones: ids 0, 1, 2."""
    tokens = [*SPECIAL.values(), *sorted(pre_tokenizers.ByteLevel.alphabet())]
    model = models.BPE(
        vocab={token: number for number, token in enumerate(tokens)}, merges=[], unk_token=SPECIAL["unk_token"]
    )
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL.values()))
    return tokenizer, len(tokens)


def llama(hidden_size, layers, vocabulary):
    heads = max(2, hidden_size // HEAD_DIM)
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "torch_dtype": "bfloat16",
        "hidden_act": "silu",
        "hidden_size": hidden_size,
        "intermediate_size": hidden_size * 2,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": HEAD_DIM,
        "max_position_embeddings": CONTEXT,
        "rope_theta": 10000.0,
        "rms_norm_eps": 1e-5,
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
        "vocab_size": -(-vocabulary // 64) * 64,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--hidden-size", type=int, required=True)
    arguments.add_argument("--layers", type=int, required=True)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    tokenizer, vocabulary = byte_tokenizer()
    tokenizer.save(str(given.folder / "tokenizer.json"))
    tokenizer_config = {
        **SPECIAL,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
    }
    for name, content in {
        "config.json": llama(given.hidden_size, given.layers, vocabulary),
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2},
        "tokenizer_config.json": tokenizer_config,
    }.items():
        (given.folder / name).write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
