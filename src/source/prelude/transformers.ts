/** Bases of models and their settings in `transformers`. */
export const transformers = `
from collections import OrderedDict
from torch import nn
import torch

class PretrainedConfig:
    model_type = ''
    attribute_map = {}

    def __init__(self, **kwargs):
        defaults = dict(return_dict=True, output_hidden_states=False, output_attentions=False, use_cache=True,
            tie_word_embeddings=True, is_decoder=False, is_encoder_decoder=False, add_cross_attention=False,
            chunk_size_feed_forward=0, num_labels=2, pad_token_id=None, bos_token_id=None, eos_token_id=None,
            torch_dtype=None, problem_type=None, pruned_heads={})
        for name, value in {**defaults, **kwargs}.items():
            setattr(self, name, value)

    @property
    def use_return_dict(self):
        return self.return_dict

    @classmethod
    def from_dict(cls, values, **kwargs):
        return cls(**values, **kwargs)

    def to_dict(self):
        return dict(self.__dict__)

PreTrainedConfig = PretrainedConfig

class PreTrainedModel(nn.Module):
    config_class = None
    base_model_prefix = ''

    def __init__(self, config, *inputs, **kwargs):
        super().__init__()
        self.config = config

    def _init_weights(self, module):
        pass

    def post_init(self):
        if self.config.tie_word_embeddings:
            self.tie_weights()

    def init_weights(self):
        self.post_init()

    def tie_weights(self):
        head = self.get_output_embeddings()
        if head is not None:
            head.weight = self.get_input_embeddings().weight

    def get_output_embeddings(self):
        return None

    def get_input_embeddings(self):
        return getattr(self, self.base_model_prefix).get_input_embeddings()

    @property
    def dtype(self):
        return torch.float32

    @property
    def device(self):
        return 'cpu'

class ModelOutput(OrderedDict):
    def __getattr__(self, name):
        return self.get(name)

BaseModelOutput = ModelOutput
BaseModelOutputWithPooling = ModelOutput
BaseModelOutputWithPast = ModelOutput
BaseModelOutputWithPastAndCrossAttentions = ModelOutput
BaseModelOutputWithPoolingAndCrossAttentions = ModelOutput
BaseModelOutputWithNoAttention = ModelOutput
CausalLMOutput = ModelOutput
CausalLMOutputWithPast = ModelOutput
CausalLMOutputWithCrossAttentions = ModelOutput
ImageClassifierOutput = ModelOutput
ImageClassifierOutputWithNoAttention = ModelOutput
MaskedLMOutput = ModelOutput
Seq2SeqLMOutput = ModelOutput
Seq2SeqModelOutput = ModelOutput
SequenceClassifierOutput = ModelOutput
TokenClassifierOutput = ModelOutput
QuestionAnsweringModelOutput = ModelOutput
`;

export const activations = `
from torch import nn

ACT2FN = {
    'gelu': nn.GELU(), 'gelu_new': nn.GELU(), 'gelu_fast': nn.GELU(), 'quick_gelu': nn.GELU(), 'relu': nn.ReLU(),
    'relu6': nn.ReLU6(), 'silu': nn.SiLU(), 'swish': nn.SiLU(), 'mish': nn.Mish(), 'tanh': nn.Tanh(),
    'sigmoid': nn.Sigmoid(), 'gelu_pytorch_tanh': nn.GELU(),
}
`;
