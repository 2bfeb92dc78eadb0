using ParallelDag.Documents;

namespace ParallelDag.Models.Families;

/// <summary>
/// Fields of real configs that bear on no parameter, byte or FLOP counted here: tokens, training, generation, rotary settings, scales of
/// activations, implementation switches. Everything else that no family reads is listed as not counted.
/// </summary>
internal static class IrrelevantFields
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "model_type", "architectures", "auto_map", "transformers_version", "_name_or_path", "name_or_path", "quantization_config",
        "compression_config", "torchscript", "use_cache", "use_bfloat16", "use_fp16", "fp16", "bf16", "id2label", "label2id",
        "problem_type", "finetuning_task", "task_specific_params", "tokenizer_class", "prefix", "pruned_heads", "pretraining_tp",
        "ep_size", "tp_size", "max_position_embeddings", "n_ctx", "n_positions", "seq_length", "model_max_length", "max_sequence_length",
        "initial_context_length", "original_max_position_embeddings", "rotary_dim", "rotary_pct", "rotary_emb_base", "rotary",
        "partial_rotary_factor", "attn_rotary_emb", "swa_rope_theta", "rope", "use_rope", "alibi", "no_rope_layers",
        "no_rope_layer_interval", "nope_layer_interval", "position_embedding_type", "interpolate_factor", "full_attn_mod",
        "max_window_layers", "use_sliding_window", "sliding_window_size", "attention_chunk_size", "cache_implementation",
        "num_logits_to_keep", "logits_to_keep", "keep_aux", "gradient_checkpointing", "reduce_results", "use_flash_attention",
        "use_flash_attn", "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "_experts_implementation",
        "is_decoder", "is_encoder_decoder", "is_causal", "add_cross_attention", "cross_attention_hidden_size", "tie_encoder_decoder",
        "norm_topk_prob", "norm_type", "norm_alpha", "scoring_func", "score_function", "topk_method", "seq_aux", "router_jitter_noise",
        "input_jitter_noise", "routed_scaling_factor", "routed_scaling", "route_scale", "moe_router_enable_expert_bias",
        "output_router_logits", "moe_gate", "moe_group", "moe_multimodal_launch_fused", "moe_use_hard_gate", "moe_norm_min",
        "moe_norm_gate_logits",
        "moe_router_use_sigmoid", "group_max_len", "residual_multiplier", "embedding_multiplier", "logits_scaling", "attention_multiplier",
        "logit_scale", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping", "attention_value_scale",
        "swiglu_limit", "attn_temperature_tuning", "floor_scale", "attn_scale", "clip_qkv", "qk_norm_type", "rescale_prenorm_residual",
        "residual_in_fp32", "scale_attn_weights", "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "scale_emb",
        "use_mamba_kernels", "mamba_act", "mamba_hidden_act", "mlp_hidden_act", "mamba_chunk_size", "chunk_size", "block_size",
        "time_step_limit", "time_step_floor", "time_step_max", "time_step_min", "time_step_rank_limit", "expand", "mamba_expand_factor",
        "hybrid_mamba", "postnorm", "layernorm_full_attention_alpha", "layernorm_full_attention_beta",
        "layernorm_linear_attention_alpha", "layernorm_linear_attention_beta", "layernorm_mlp_alpha", "layernorm_mlp_beta",
        "full_attn_alpha_factor", "full_attn_beta_factor", "linear_attn_alpha_factor", "linear_attn_beta_factor", "mlp_alpha_factor",
        "mlp_beta_factor", "shared_moe_mode", "mlp_activation", "activation", "activation_function", "layer_norm_elementwise_affine",
        "use_bidirectional_attention", "deepstack_visual_indexes", "mtp_use_dedicated_embeddings", "mtp_transformer_layers",
        "use_mtp", "loss_function", "use_unified_vision_chunk", "video_placeholder", "ignore_index", "max_len", "max_seq_len", "max_length",
        "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k",
        "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
        "bad_words_ids", "num_return_sequences", "chunk_size_feed_forward", "output_scores", "output_attentions",
        "output_hidden_states", "return_dict", "return_dict_in_generate", "remove_invalid_values", "exponential_decay_length_penalty",
        "suppress_tokens", "begin_suppress_tokens", "summary_activation", "summary_first_dropout", "summary_proj_to_labels",
        "summary_type", "summary_use_proj", "embd_pdrop", "resid_pdrop", "attn_pdrop", "layerdrop", "_remove_final_layer_norm",
        "n_inner", "apply_residual_connection_post_layernorm", "use_parallel_residual", "attention_softmax_in_fp32", "hidden_act",
        "tie_word_embeddings", "torch_dtype", "dtype", "vision_soft_tokens_per_image", "mm_tokens_per_image", "image_seq_length",
        "spatial_merge_size", "vision_feature_layer", "projector_hidden_act", "multimodal_projector_bias", "index_topk_pattern",
        "index_topk_freq", "index_skip_topk_offset", "qk_head_dim", "use_mla", "num_attn_heads_per_group",
        "vocab_size_per_layer_input", "mamba_ssm_dtype", "mamba_ssm_cache_dtype",
    };

    private static readonly string[] Ends =
    [
        "_token_id", "_token_index", "_token", "_dropout", "_dropout_prob", "_eps", "_epsilon", "_range", "_std", "_init", "_loss_coef",
        "_loss_weight", "_alpha", "_act", "_activation", "_init_method", "_factor",
    ];

    private static readonly string[] Starts = ["rope_", "initializer", "dropout", "aux_loss", "router_aux_loss", "router_z_loss", "_"];

    /// <summary>Why a field that no family read is listed as not counted; null when it is known to be irrelevant.</summary>
    public static string? WhyNotCounted(DocumentEntry entry)
    {
        string name = entry.Key;
        if (entry.Value is DocumentMap)
        {
            if (name.Contains("vision", StringComparison.Ordinal) || name.Contains("visual", StringComparison.Ordinal))
                return "a vision tower; only the language model is counted";
            if (name.Contains("audio", StringComparison.Ordinal) || name.Contains("speech", StringComparison.Ordinal))
                return "an audio tower; only the language model is counted";
        }

        bool irrelevant = Names.Contains(name) || Ends.Any(end => name.EndsWith(end, StringComparison.Ordinal))
            || Starts.Any(start => name.StartsWith(start, StringComparison.Ordinal));
        return irrelevant ? null : "not used";
    }
}
