import FermTrain

extension ImportCommand {
  /// What `fer-train import --help` prints.
  static let help = """
    Makes a model from another program's weights.

      fer-train import vgg.pt -o vgg.ferm                     the reference's
      fer-train import efn.safetensors -o efn.ferm            timm's EfficientNet
      fer-train import mine.pt -o mine.ferm --labels happy,sad,neutral

    usage: fer-train import FILE.pt|FILE.safetensors -o MODEL [options]

      -o, --output MODEL  the model; its name ends in .ferm
      --network NAME     \(NetworkKind.all.map { $0.name }.joined(separator: ", "))
                         (the one whose tensors have the file's names and shapes),
                         or a .net or .ferm file that describes another
      --width X          with --network vgg-s: the factor for all its widths (1)
      --labels A,B,...   the classes in the order of the last layer
                         (\(FaceData.fer2013.prefix(4).joined(separator: ",")),
                         \(FaceData.fer2013.dropFirst(4).joined(separator: ",")))

    A file that torch.save wrote must hold a state_dict, alone or as a member:
    torch.save(model.state_dict(), "vgg.pt"). Prefixes that torch.compile and data
    parallelism put before the names are removed. Names are those of timm's
    tf_efficientnet_b3 (efn), resnet18 and mobilenetv2_100, or of torchvision's
    resnet18 and mobilenet_v2; resnet18 has the 3x3 stem for small pictures. Colour
    filters in a network for grey faces are summed, which gives the same for a grey
    face. The preprocessing is assumed to be the network's own, as the file says
    nothing about it, nor about the labels.
    Exit status: 0 all well, 2 usage, 3 bad file.
    """
}
